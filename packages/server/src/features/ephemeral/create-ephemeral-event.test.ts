import { EPHEMERAL_EVENT_TYPES } from '@coterie/protocol'
import { FakeClock, SeededRandom } from '@coterie/testing'
import { expect, it } from 'vitest'
import { ephemeralEventFromJson, ephemeralEventToJson } from '../../local/ephemeral-event.ts'
import { createEphemeralEvent } from './create-ephemeral-event.ts'

const clock = new FakeClock()
const random = new SeededRandom(1)

it('fills in what is not said', () => {
  const event = createEphemeralEvent({ roomId: '1', type: 'custom', userId: 'ada' }, clock, random)
  expect(event).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
    roomId: '1',
    type: 'custom',
    userId: 'ada',
    channelId: null,
    data: {},
    timestamp: '2026-01-01T00:00:00.000Z',
  })
  expect(createEphemeralEvent(event).id).not.toBe(event.id)
})

it.each(EPHEMERAL_EVENT_TYPES)('is the same after a way as JSON: %s', (type) => {
  const event = createEphemeralEvent(
    { roomId: '1', type, userId: 'ada', channelId: 'sms', data: { a: [1, null] } },
    clock,
    random,
  )
  const json = ephemeralEventToJson(event)
  expect(json).toMatchObject({ room_id: '1', user_id: 'ada', channel_id: 'sms' })
  expect(ephemeralEventFromJson(JSON.parse(JSON.stringify(json)))).toEqual(event)
})

it('fills in what JSON leaves out, and reads nothing else', () => {
  const json = { id: 'x', room_id: '1', type: 'custom', user_id: 'ada', timestamp: 't' }
  expect(ephemeralEventFromJson(json)).toMatchObject({ channelId: null, data: {} })
  for (const wrong of [null, 1, [], {}, { ...json, type: 'nonsense' }, { ...json, user_id: 1 }]) {
    expect(ephemeralEventFromJson(wrong)).toBeUndefined()
  }
})
