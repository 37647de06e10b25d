import { expect, it } from 'vitest'
import { typingText } from './typing-text.ts'

it.each([
  [[], ''],
  [['ada'], 'Someone is typing…'],
  [['ada', 'ada'], 'Someone is typing…'],
  [['ada', 'bob'], '2 people are typing…'],
  [['ada', 'bob', 'ada', 'eve'], '3 people are typing…'],
])('says of %j: "%s"', (users, text) => {
  expect(typingText(users)).toBe(text)
})
