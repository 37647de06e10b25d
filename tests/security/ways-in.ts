import { openSocket } from './socket-way.ts'
import { openStream } from './stream-way.ts'
import type { OpenWayIn } from './way-in.ts'

/** The ways over which frames go, by what tests call them. */
export const WAYS_IN: readonly (readonly [string, OpenWayIn])[] = [
  ['a WebSocket', openSocket],
  ['a stream', openStream],
]
