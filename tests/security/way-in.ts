import type { RestAnswer } from './attacked-hub.ts'

/** A frame of the server, as far as tests look at it. */
export interface SentFrame {
  readonly type: string
  readonly id?: string
  readonly code?: string
  readonly message?: string
  readonly channel?: string
  // biome-ignore lint/suspicious/noExplicitAny: tests match on parts of it
  readonly payload?: any
  // biome-ignore lint/suspicious/noExplicitAny: tests match on parts of it
  readonly [field: string]: any
}

/** A connection of somebody, whatever it goes over. */
export interface WayIn {
  /** All that the server sent by itself, and answers where they come the same way. */
  readonly frames: readonly SentFrame[]
  /** The secret of the connection. */
  readonly session: string
  /** The public name of the connection. */
  readonly connectionId: string
  /** The code with which the server ended it; 0 while it has not. */
  readonly code: number
  /** Sends a frame and returns the answer to it. */
  ask(frame: object): Promise<SentFrame>
}

/** What opening one needs of a hub. */
export interface Address {
  readonly url: string
}

/** Opens a connection for as long as the current test runs. */
export type OpenWayIn = (hub: Address, token: string | undefined) => Promise<WayIn>

/** Writes down how a frame was answered: `ok`, or the code of the refusal. */
export function codeOf(answer: SentFrame | RestAnswer): string {
  if ('status' in answer) {
    const code = (answer as RestAnswer).body?.error?.code
    return answer.status < 300 ? 'ok' : `${answer.status} ${code}`
  }
  return answer.type === 'error' ? `${answer.code}` : 'ok'
}
