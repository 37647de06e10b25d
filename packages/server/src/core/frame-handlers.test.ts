import { RealtimeError } from '@coterie/protocol'
import { testPrincipal } from '@coterie/testing'
import { expect, it } from 'vitest'
import { silentLogger } from '../ports/logger.ts'
import type { Connection } from './connection.ts'
import { done, type Feature } from './feature.ts'
import { FrameHandlers } from './frame-handlers.ts'

const feature: Feature = {
  strangerFrames: { ping: () => done },
  frames: { message: () => done },
  memberFrames: { typing: () => done },
}
const FRAMES = {
  ping: { type: 'ping' },
  message: { type: 'message', payload: 1 },
  typing: { type: 'typing', channel: 'room:1', is_typing: true },
} as const

function connect(fields: Partial<Connection>): Connection {
  return { memberships: new Map(), ...fields } as Connection
}

function inRoom(isSubscribed: boolean): Connection {
  const connection = connect({ principal: testPrincipal('ada') })
  const membership = { channel: 'room:1', isSubscribed, connection }
  connection.memberships.set('room:1', membership as never)
  return connection
}

function answerOf(type: keyof typeof FRAMES, connection: Connection) {
  const handlers = new FrameHandlers([feature], silentLogger)
  return handlers.handle(connection, { frame: FRAMES[type], payloadText: undefined })
}

it('accepts a frame from strangers, users or members, as its feature declares', () => {
  expect(answerOf('ping', connect({}))).toBe(done)
  expect(answerOf('message', connect({ principal: testPrincipal('ada') }))).toBe(done)
  expect(answerOf('typing', inRoom(true))).toBe(done)
})

it('refuses frames of users before the user is known, and says why it cannot become known', () => {
  const error = { code: 'unauthorized', message: 'send auth first' }
  expect(answerOf('message', connect({}))).toMatchObject({ ok: false, error })
  const notAnonymous = new RealtimeError('forbidden', 'anonymous users come from own pages')
  expect(answerOf('message', connect({ notAnonymous }))).toEqual({ ok: false, error: notAnonymous })
})

it('refuses frames of members from clients that did not subscribe', () => {
  const error = { code: 'not_member', message: 'Not a member of this room' }
  for (const stranger of [
    connect({}),
    connect({ principal: testPrincipal('ada') }),
    inRoom(false),
  ]) {
    expect(answerOf('typing', stranger)).toMatchObject({ ok: false, error })
  }
})
