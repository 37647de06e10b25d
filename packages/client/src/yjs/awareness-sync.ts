import type { ChannelEvent, RealtimeError } from '@coterie/protocol'
import { type Awareness, applyAwarenessUpdate, removeAwarenessStates } from 'y-protocols/awareness'
import type { Channel, ChannelUse } from '../channel/channel.ts'
import type { ClientEnvironment } from '../connection/environment.ts'
import { mayRetry } from '../connection/retry.ts'
import { AWARENESS_EVENT } from './awareness-event.ts'
import {
  type AwarenessMessage,
  ClientOwners,
  type ClientState,
  readMessage,
  writeMessage,
} from './awareness-states.ts'
import { toAwarenessUpdate } from './awareness-update.ts'
import type { AwarenessState } from './readable-carets.ts'

/** Minimum time between two states sent, in ms: the server limits frames. */
const SEND_INTERVAL_MS = 100
/** Time to answer a request in ms: one answer serves all who ask within it. */
const ANSWER_MS = 500
const RETRY_MS = 1_000

/** What the synchronisation of awareness needs. */
export interface AwarenessSyncParts {
  readonly channel: Channel
  readonly awareness: Awareness
  readonly environment: ClientEnvironment
  /** Tells whether the state of another client may be shown. */
  readonly acceptState: (state: AwarenessState) => boolean
}

/** Synchronises the awareness states of a channel's clients, in both directions. */
export class AwarenessSync {
  readonly #parts: AwarenessSyncParts
  readonly #owners = new ClientOwners()
  readonly #stops: (() => void)[]
  #presence: ChannelUse | undefined
  #users: ReadonlySet<string> = new Set()
  #isJoined = false
  #isDue = false
  #isAsking = false
  #cancelSend: (() => void) | undefined
  #cancelAnswer: (() => void) | undefined

  constructor(parts: AwarenessSyncParts) {
    const { awareness, channel } = parts
    this.#parts = parts
    const onUpdate = (changes: AwarenessChanges, origin: unknown): void => {
      if (origin !== this && isAbout(awareness.clientID, changes)) this.#show()
    }
    const onHide = (): void => this.#sayGoodbye()
    awareness.on('update', onUpdate)
    // A user who closes the page disappears at once, not only after the server's timeout.
    globalThis.addEventListener?.('pagehide', onHide)
    this.#stops = [
      () => awareness.off('update', onUpdate),
      () => globalThis.removeEventListener?.('pagehide', onHide),
      channel.on(AWARENESS_EVENT, (event) => this.#receive(event)),
      channel.status.subscribe(() => this.#follow()),
      channel.presence.members.subscribe(() => this.#dropAbsent()),
    ]
    this.#follow()
  }

  /** Announces that this client is gone, and forgets the states of the others. */
  close(): void {
    for (const stop of this.#stops) stop()
    this.#cancelSend?.()
    this.#cancelAnswer?.()
    this.#sayGoodbye()
    this.#forgetOthers()
    void this.#presence?.release()
  }

  #follow(): void {
    const isJoined = this.#parts.channel.status() === 'joined'
    if (isJoined === this.#isJoined) return
    this.#isJoined = isJoined
    if (isJoined) this.#enter()
    else this.#cutOff()
  }

  #enter(): void {
    const { awareness, channel } = this.#parts
    if (!this.#presence) {
      // Requested as a use of its own: without presence, clients are removed by timeouts only.
      this.#presence = channel.use({ presence: true })
      this.#presence.joined.catch(() => {})
    }
    this.#dropAbsent()
    this.#isAsking = true
    // The clock must be newer than the one with which this client was announced as gone.
    awareness.setLocalState(awareness.getLocalState())
    this.#show()
  }

  #cutOff(): void {
    this.#cancelSend?.()
    this.#cancelSend = undefined
    this.#cancelAnswer?.()
    this.#cancelAnswer = undefined
    this.#users = new Set()
    this.#forgetOthers()
  }

  #show(): void {
    this.#isDue = true
    if (this.#isJoined && !this.#cancelSend) this.#send()
  }

  #send(): void {
    this.#isDue = false
    const asks = this.#isAsking
    this.#isAsking = false
    this.#sendIn(SEND_INTERVAL_MS)
    this.#publish({ states: this.#ownState(0), asks }).catch((error: RealtimeError) => {
      // A volatile event is sent now or never, so the state is sent again later.
      this.#isAsking ||= asks
      this.#isDue = true
      if (this.#isJoined && mayRetry(error)) this.#sendIn(RETRY_MS)
    })
  }

  #sendIn(delayMs: number): void {
    this.#cancelSend?.()
    this.#cancelSend = this.#parts.environment.clock.setTimer(() => {
      this.#cancelSend = undefined
      if (this.#isDue && this.#isJoined) this.#send()
    }, delayMs)
  }

  #ownState(later: number): ClientState[] {
    const { awareness } = this.#parts
    const { clientID: id } = awareness
    const clock = (awareness.meta.get(id)?.clock ?? 0) + later
    const state = later > 0 ? null : (awareness.getLocalState() as ClientState['state'])
    return [{ id, clock, state }]
  }

  #publish(message: AwarenessMessage): Promise<unknown> {
    // A newer state must not replace a waiting request for the states of others.
    const key = `${this.#parts.awareness.clientID}${message.asks ? ' asks' : ''}`
    const options = { volatile: true, echo: false, key }
    return this.#parts.channel.publish(AWARENESS_EVENT, writeMessage(message), options)
  }

  #sayGoodbye(): void {
    if (!this.#isJoined) return
    this.#publish({ states: this.#ownState(1), asks: false }).catch(() => {})
    // A page may come back: its later state must be newer than the announced end.
    const meta = this.#parts.awareness.meta.get(this.#parts.awareness.clientID)
    if (meta) meta.clock += 1
  }

  #receive({ from, payload }: ChannelEvent): void {
    if (!from || !this.#isJoined) return
    const { awareness } = this.#parts
    const { states, asks } = readMessage(payload)
    // Only this client determines its own state.
    const taken = states.filter(
      ({ id, state }) =>
        id !== awareness.clientID && this.#accepts(state) && this.#owners.claim(id, from),
    )
    if (taken.length > 0) applyAwarenessUpdate(awareness, toAwarenessUpdate(taken), this)
    if (asks) this.#answerSoon()
  }

  #accepts(state: ClientState['state']): boolean {
    const { acceptState, environment } = this.#parts
    try {
      return state === null || acceptState(state)
    } catch (error) {
      environment.reportError(error)
      return false
    }
  }

  #answerSoon(): void {
    const { awareness, environment } = this.#parts
    this.#cancelAnswer ??= environment.clock.setTimer(() => {
      this.#cancelAnswer = undefined
      // A newer clock: a client that was cut off remembers the clock but not the state.
      awareness.setLocalState(awareness.getLocalState())
    }, ANSWER_MS * environment.random())
  }

  // In a large channel the server reports the number of users, not their ids.
  #dropAbsent(): void {
    const { members, count } = this.#parts.channel.presence
    if (!this.#isJoined || count() > members().length) return
    const users = new Set(members().map(({ user_id: userId }) => String(userId)))
    const absent = [...this.#users].filter((userId) => !users.has(userId))
    this.#users = users
    this.#remove(absent.flatMap((userId) => this.#owners.of(userId)))
  }

  #forgetOthers(): void {
    const { awareness } = this.#parts
    this.#remove([...awareness.getStates().keys()].filter((id) => id !== awareness.clientID))
  }

  #remove(ids: readonly number[]): void {
    const { awareness } = this.#parts
    const shown = ids.filter((id) => id !== awareness.clientID && awareness.getStates().has(id))
    if (shown.length > 0) removeAwarenessStates(awareness, shown, this)
  }
}

interface AwarenessChanges {
  readonly added: readonly number[]
  readonly updated: readonly number[]
  readonly removed: readonly number[]
}

function isAbout(client: number, { added, updated, removed }: AwarenessChanges): boolean {
  return [added, updated, removed].some((clients) => clients.includes(client))
}
