import type { Scenario } from '../scenario.ts'
import { attackedScenario } from './attacked.ts'

/** Bodies of a megabyte, for a session that does not exist. */
export const sessionBodies: Scenario = attackedScenario({
  name: 'session-bodies',
  about: '20 sockets send 1 MiB of commas to POST /frames with an invented session',
  kind: 'session-bodies',
  connections: 20,
  forMs: 10_000,
})

/** Frames of clients that never authenticate. */
export const strangerFrames: Scenario = attackedScenario({
  name: 'stranger-frames',
  about: '20 sockets send frames of 64 KiB that cost much to read, and never authenticate',
  kind: 'stranger-frames',
  connections: 20,
  forMs: 10_000,
})

/** Passwords of many rooms. */
export const passwordGuesses: Scenario = attackedScenario({
  name: 'password-guesses',
  about: '4 users guess the passwords of 40 rooms, 5 in each',
  kind: 'password-guesses',
  connections: 4,
  forMs: 15_000,
})

/** A room that very many enter at once. */
export const roomCrowd: Scenario = attackedScenario({
  name: 'room-crowd',
  about: '600 users enter a room with maxUsers at once',
  kind: 'room-crowd',
  connections: 600,
  forMs: 30_000,
  columns: [{ key: 'completeMs', title: 'until the last is in', unit: 'ms', digits: 0 }],
})
