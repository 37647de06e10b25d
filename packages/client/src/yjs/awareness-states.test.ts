import { expect, it } from 'vitest'
import { MAX_STATE_CHARACTERS, readMessage, writeMessage } from './awareness-states.ts'

/** Tells whether a state is taken whose JSON has so many characters, most of them like this one. */
function isTaken(character: string, characters: number): boolean {
  const name = character.repeat(characters - [...JSON.stringify({ name: '' })].length)
  const states = [{ id: 1, clock: 1, state: { name } }]
  return readMessage(writeMessage({ states, asks: false })).states.length === 1
}

it.each([
  ['letters', 'a'],
  ['umlauts', 'ü'],
  ['emoji, each of them one character', '🦊'],
])('takes a state of 8,192 characters of JSON and none longer: %s', (_, character) => {
  expect(isTaken(character, MAX_STATE_CHARACTERS)).toBe(true)
  expect(isTaken(character, MAX_STATE_CHARACTERS + 1)).toBe(false)
})
