import { type EventSender, isOfLength, type JsonValue } from '@coterie/protocol'
import { isRecord } from '../connection/frame-reader.ts'

/** Clients for which one connection may speak: one page seldom has more documents. */
const MAX_OF_CONNECTION = 8
/** Characters of one state, as JSON. */
export const MAX_STATE_CHARACTERS = 8_192
/** Clients whose owner is remembered, including clients that have gone. */
const MAX_OWNERS = 2_000
/** Client ids of Yjs are whole numbers of at most 53 bits. */
const isId = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

/** The awareness state of one client. */
export interface ClientState {
  readonly id: number
  /** Increases with each state of the client. */
  readonly clock: number
  /** Null when the client has removed its state. */
  readonly state: { readonly [key: string]: JsonValue } | null
}

/** A message between the clients that have a document open. */
export interface AwarenessMessage {
  readonly states: readonly ClientState[]
  /** True when the sender asks for the states of all others. */
  readonly asks: boolean
}

/** Writes a message as the payload of an event. */
export function writeMessage({ states, asks }: AwarenessMessage): JsonValue {
  return {
    clients: states.map(({ id, clock, state }) => [id, clock, state]),
    ...(asks && { ask: true }),
  }
}

/** Reads a payload, leniently: skips invalid and too large states. */
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
 * Remembers the first sender for each client, so that no other can speak for it.
 *
 * A user may return with another connection. Clients that have gone are
 * remembered too; otherwise another user could take such a client over.
 */
export class ClientOwners {
  readonly #owners = new Map<number, EventSender>()

  /** Tells whether a sender may speak for a client, and remembers a new owner. */
  claim(id: number, sender: EventSender): boolean {
    const owner = this.#owners.get(id)
    if (owner && owner.user_id !== sender.user_id) return false
    if (owner?.connection_id !== sender.connection_id && this.#isBusy(sender)) return false
    this.#owners.delete(id)
    this.#owners.set(id, sender)
    if (this.#owners.size > MAX_OWNERS) this.#owners.delete(this.#owners.keys().next().value ?? id)
    return true
  }

  /** Returns the clients that a user owns. */
  of(userId: string): number[] {
    return [...this.#owners].filter(([, owner]) => owner.user_id === userId).map(([id]) => id)
  }

  #isBusy({ connection_id: connection }: EventSender): boolean {
    let clients = 0
    for (const owner of this.#owners.values()) clients += Number(owner.connection_id === connection)
    return clients >= MAX_OF_CONNECTION
  }
}
