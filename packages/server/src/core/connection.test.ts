import { CLOSE_CODES, type ConnectionId, TokenBucket } from '@coterie/protocol'
import { FakeClock, testPrincipal } from '@coterie/testing'
import { expect, it } from 'vitest'
import type { Transport } from '../ports/transport.ts'
import { Connection } from './connection.ts'
import { createDeliveryFigures } from './delivery-figures.ts'
import { FlushQueue } from './flush-queue.ts'
import type { LogReader } from './log-reader.ts'
import { StallWatch } from './stall-watch.ts'

const transport: Transport = {
  kind: 'local',
  encoding: { encode: () => ({ chunks: [], length: 0 }) },
  remoteAddress: '',
  bufferedBytes: 0,
  write() {},
  ping() {},
  close() {},
  terminate() {},
}

function createConnection(): Connection {
  const clock = new FakeClock()
  const outboxContext = {
    flushQueue: new FlushQueue(clock),
    stallWatch: new StallWatch(clock, 5_000),
    logs: {} as LogReader,
    figures: createDeliveryFigures(),
    maxQueuedBytes: 1_000,
    congestedBytes: 100,
  }
  const frameLimit = new TokenBucket(1, 1, 0)
  const id = 'c' as ConnectionId
  return new Connection({
    id,
    secret: 's',
    transport,
    outboxContext,
    frameLimit,
    connectedAtMs: clock.now(),
  })
}

it('passes through its states from opening to end', () => {
  const connection = createConnection()
  const states: [string, boolean, boolean][] = []
  const note = (): void => {
    states.push([connection.state, connection.isActive(), connection.isAuthenticated()])
  }
  note()
  connection.stage = 'connecting'
  note()
  connection.stage = 'connected'
  note()
  connection.isAuthenticating = true
  note()
  connection.isAuthenticating = false
  connection.principal = testPrincipal('ada')
  note()
  connection.close(CLOSE_CODES.refused, '')
  note()
  connection.end()
  note()
  expect(states).toEqual([
    ['initializing', true, false],
    ['connecting', true, false],
    ['connected', true, false],
    ['authenticating', true, false],
    ['authenticated', true, true],
    ['disconnecting', false, false],
    ['disconnected', false, false],
  ])
})

it('stays authenticated while a fresh token is verified, except for an anonymous user who gets another one', () => {
  const connection = createConnection()
  connection.principal = testPrincipal('ada')
  connection.isAuthenticating = true
  expect(connection.state).toBe('authenticated')
  connection.isProvisional = true
  expect(connection.state).toBe('authenticating')
})

it.each([
  [CLOSE_CODES.tooSlow, 'error'],
  [CLOSE_CODES.noHeartbeat, 'error'],
  [CLOSE_CODES.notAFrame, 'error'],
  [CLOSE_CODES.unavailable, 'error'],
  [CLOSE_CODES.serviceRestart, 'disconnecting'],
  [CLOSE_CODES.unauthenticated, 'disconnecting'],
])('closed with %i it is in state %s until its transport has ended', (code, state) => {
  const connection = createConnection()
  // The outbox closes it as well, when the receiver takes nothing.
  connection.outbox.close(code, '')
  expect(connection.state).toBe(state)
  expect(connection.isActive()).toBe(false)
  connection.end()
  expect(connection.state).toBe('disconnected')
})
