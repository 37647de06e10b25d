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

/** What one shows is sent at most this often, in ms: the server counts frames. */
const SEND_INTERVAL_MS = 100
/** Who is asked answers within this time, in ms: one answer for all who come at once. */
const ANSWER_MS = 500
const RETRY_MS = 1_000

/** What keeping awareness in step needs. */
export interface AwarenessSyncParts {
  readonly channel: Channel
  readonly awareness: Awareness
  readonly environment: ClientEnvironment
  /** Says whether the state of another client is to be shown. */
  readonly acceptState: (state: AwarenessState) => boolean
}

/** Shows the others of a channel what this client shows of itself, and the other way round. */
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
    // Whoever closes the page is gone at once, and not when the server misses them.
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

  /** Tells the others that this client is gone, and forgets what they show. */
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
      // Asked for by itself: a channel without presence is left by timeouts alone.
      this.#presence = channel.use({ presence: true })
      this.#presence.joined.catch(() => {})
    }
    this.#dropAbsent()
    this.#isAsking = true
    // Newer than what the others had when they were told that this client is gone.
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
      // What is volatile is sent now or never, so it is shown anew.
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
    // Who asks must be heard though something newer follows.
    const key = `${this.#parts.awareness.clientID}${message.asks ? ' asks' : ''}`
    const options = { volatile: true, echo: false, key }
    return this.#parts.channel.publish(AWARENESS_EVENT, writeMessage(message), options)
  }

  #sayGoodbye(): void {
    if (!this.#isJoined) return
    this.#publish({ states: this.#ownState(1), asks: false }).catch(() => {})
    // A page may come back: what it shows then is newer than its end.
    const meta = this.#parts.awareness.meta.get(this.#parts.awareness.clientID)
    if (meta) meta.clock += 1
  }

  #receive({ from, payload }: ChannelEvent): void {
    if (!from || !this.#isJoined) return
    const { awareness } = this.#parts
    const { states, asks } = readMessage(payload)
    // Nobody else says what this client shows.
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
      // Newer than before: who was cut off remembers the clock, and not the state.
      awareness.setLocalState(awareness.getLocalState())
    }, ANSWER_MS * environment.random())
  }

  // Of many the server tells how many there are, and not who.
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
