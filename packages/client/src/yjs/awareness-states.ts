import { type EventSender, isOfLength, type JsonValue } from '@coterie/protocol'
import { isRecord } from '../connection/frame-reader.ts'

/** Clients that one connection may speak for: one page seldom has more documents. */
const MAX_OF_CONNECTION = 8
/** Characters of one state, as JSON. */
export const MAX_STATE_CHARACTERS = 8_192
/** Clients whose owner is remembered, gone ones too. */
const MAX_OWNERS = 2_000
/** Client ids of Yjs are whole numbers of 53 bits at most. */
const isId = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

/** What one client shows of itself. */
export interface ClientState {
  readonly id: number
  /** Greater with each state of the client. */
  readonly clock: number
  /** Null when it shows nothing any more. */
  readonly state: { readonly [key: string]: JsonValue } | null
}

/** A message between those who have a document open. */
export interface AwarenessMessage {
  readonly states: readonly ClientState[]
  /** True where the sender wants to know what all others show. */
  readonly asks: boolean
}

/** Writes a message as the payload of an event. */
export function writeMessage({ states, asks }: AwarenessMessage): JsonValue {
  return {
    clients: states.map(({ id, clock, state }) => [id, clock, state]),
    ...(asks && { ask: true }),
  }
}

/** Reads a payload, leniently: what is not a state, or too large for one, is left out. */
export function readMessage(payload: JsonValue): AwarenessMessage {
  if (!isRecord(payload) || !Array.isArray(payload.clients)) return { states: [], asks: false }
  const states = payload.clients.slice(0, MAX_OF_CONNECTION).flatMap(readState)
  return { states, asks: payload.ask === true }
}

function readState(value: unknown): ClientState[] {
  if (!Array.isArray(value)) return []
  const [id, clock, state] = value as readonly unknown[]
  if (!isId(id) || !isId(clock)) return []
  if (state !== null && !isShown(state)) return []
  return [{ id, clock, state: state as ClientState['state'] }]
}

function isShown(state: unknown): boolean {
  return isRecord(state) && isOfLength(JSON.stringify(state), 0, MAX_STATE_CHARACTERS)
}

/**
 * Remembers who spoke first for each client, so that nobody else speaks for it.
 *
 * A user may come back with another connection. Who is gone is remembered as
 * well, or whoever waits for that could take the client over.
 */
export class ClientOwners {
  readonly #owners = new Map<number, EventSender>()

  /** Tells whether a sender may speak for a client, and remembers that it does. */
  claim(id: number, sender: EventSender): boolean {
    const owner = this.#owners.get(id)
    if (owner && owner.user_id !== sender.user_id) return false
    if (owner?.connection_id !== sender.connection_id && this.#isBusy(sender)) return false
    this.#owners.delete(id)
    this.#owners.set(id, sender)
    if (this.#owners.size > MAX_OWNERS) this.#owners.delete(this.#owners.keys().next().value ?? id)
    return true
  }

  /** Returns the clients of a user. */
  of(userId: string): number[] {
    return [...this.#owners].filter(([, owner]) => owner.user_id === userId).map(([id]) => id)
  }

  #isBusy({ connection_id: connection }: EventSender): boolean {
    let clients = 0
    for (const owner of this.#owners.values()) clients += Number(owner.connection_id === connection)
    return clients >= MAX_OF_CONNECTION
  }
}
