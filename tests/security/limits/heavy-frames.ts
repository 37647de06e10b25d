import type { ClientFrameType } from '@coterie/protocol'
import fc from 'fast-check'
import { ROOMS } from './filled-world.ts'

const channel = fc.constantFrom(...ROOMS, 'room:*', '*:*', '#')
const id = fc.constantFrom('1', '2', 'not-there', '018f0000-0000-7000-8000-000000000000')
const position = fc.constantFrom('none:1', '0:0', 'x', undefined)
const segment = fc.constantFrom('a', 'b', 'c')
const part = fc.constantFrom(0, 1, 2)
const small = fc.constantFrom(1, 'text', null, { a: [1] })

/** A frame of each type, as heavy as a client can make it with few bytes. */
export const FRAMES: Record<ClientFrameType, fc.Arbitrary<object>> = {
  auth: fc.record({ token: fc.constantFrom('eve', 'wrong') }),
  subscribe: fc.record({
    channel,
    since: position,
    recent: fc.constantFrom(0, 1_000),
    presence: fc.constantFrom(true, 'follow', undefined),
    state: fc.boolean(),
  }),
  unsubscribe: fc.record({ channel }),
  publish: fc.record({
    channel,
    event: fc.constant('e'),
    payload: small,
    message_id: id,
    until_snapshot: fc.boolean(),
  }),
  history: fc.record({ channel, limit: fc.constant(1_000), reverse: fc.boolean() }),
  presence: fc.record({ channel, data: small }),
  state: fc.record({ channel, op_id: id, set: fc.constant({ a: 1 }) }),
  snapshot_read: fc.record({ channel, segment, part }, { requiredKeys: ['channel'] }),
  snapshot_write: fc.record({ channel, segment, part, data: fc.constantFrom('', 'data') }),
  snapshot_commit: fc.record(
    { channel, position, segments: fc.array(segment, { minLength: 1, maxLength: 4 }) },
    { requiredKeys: ['channel', 'position'] },
  ),
  typing: fc.record({ channel, is_typing: fc.boolean() }),
  read: fc.record({ channel, event_id: id }),
  message: fc.record({ payload: small }),
  ack: fc.record({ notifications: fc.array(id, { maxLength: 100 }) }),
  ping: fc.record({}),
}

/** A frame of any type. */
export const anyFrame = fc.oneof(
  ...Object.entries(FRAMES).map(([type, fields]) => fields.map((rest) => ({ type, ...rest }))),
)
/** What one client sends at once: the same over and over, or all kinds of things. */
export const burst = fc.oneof(
  fc.tuple(anyFrame, fc.nat(120)).map(([frame, times]) => Array<object>(times).fill(frame)),
  fc.array(anyFrame, { maxLength: 120 }),
)
