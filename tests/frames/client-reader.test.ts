import {
  REPLIES,
  SERVER_FRAMES,
  type ServerFrameType,
  type SubscribeReply,
} from '@coterie/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { readJoinReply } from '../../packages/client/src/channel/join-reply.ts'
import { readServerFrame } from '../../packages/client/src/connection/frame-reader.ts'
import { arbitraryOf } from './arbitrary-of.ts'

/** A longer wait is a mistake of the server, and the client does not believe it. */
const MAX_WAIT_MS = 600_000

const types = Object.keys(SERVER_FRAMES) as ServerFrameType[]
const onTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe.each(types)('the %s frame', (type) => {
  const schema: z.ZodObject = SERVER_FRAMES[type]
  const frames = arbitraryOf(schema) as fc.Arbitrary<Record<string, unknown>>

  it('is read by the client as it was sent, whatever its fields hold', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        expect(readServerFrame(JSON.stringify(frame))).toEqual(onTheWire(frame))
      }),
    )
  })

  it('is read with fields that a newer server adds', () => {
    const added = fc.dictionary(
      fc.string().filter((name) => !(name in schema.shape)),
      fc.jsonValue(),
    )
    fc.assert(
      fc.property(frames, added, (frame, fields) => {
        const newer = { ...fields, ...frame }
        expect(readServerFrame(JSON.stringify(newer))).toEqual(onTheWire(newer))
      }),
    )
  })

  it('is never refused by the client where its schema accepts it', () => {
    const names = fc.constantFrom(...Object.keys(schema.shape))
    const wrong = fc.oneof(fc.constant(undefined), fc.constant(null), fc.jsonValue())
    fc.assert(
      fc.property(frames, names, wrong, (frame, name, value) => {
        const changed = { ...frame, [name]: value }
        if (readServerFrame(JSON.stringify(changed)) === undefined) {
          expect(schema.safeParse(onTheWire(changed)).success).toBe(false)
        }
      }),
    )
  })
})

it('ignores frames of a type that a newer server may send', () => {
  const others = fc.string().filter((type) => !Object.hasOwn(SERVER_FRAMES, type))
  fc.assert(
    fc.property(others, (type) => {
      expect(readServerFrame(JSON.stringify({ type }))).toBeUndefined()
    }),
  )
})

it('reads every field of the reply to subscribe', () => {
  const replies = arbitraryOf(REPLIES.subscribe) as fc.Arbitrary<SubscribeReply>
  fc.assert(
    fc.property(replies, (sent) => {
      const reply = onTheWire(sent) as SubscribeReply
      const { room, state, presence_returning: returning } = reply
      expect(readJoinReply(reply)).toEqual({
        events: reply.events,
        gaps: reply.gaps ?? [],
        position: reply.position,
        isRecovered: reply.recovered,
        reason: reply.reason,
        presence: reply.presence,
        presenceCount: reply.presence_count ?? null,
        presenceReturning: returning && returning.ms <= MAX_WAIT_MS ? returning : null,
        state: state && { ...state, emptied: state.emptied ?? false },
        room: room ? { metadata: room.metadata, created_at: room.created_at } : null,
      })
    }),
  )
})
