import {
  type ChannelEvent,
  isChannelName,
  type JsonLike,
  type PresenceAppearance,
  type PresenceEntry,
  type RealtimeError,
  type StateValues,
} from '@coterie/protocol'
import type { Channel, ChannelOptions, ChannelUse } from '../channel/channel.ts'
import type { Client } from '../client/client.ts'
import { createSignal, deriveSignal, type Signal } from '../signals/signal.ts'
import { createProfile, type Profile, type User } from './user.ts'

/** How one part of an application takes part in a room. */
export interface RoomEntry {
  /** The user who appears in the room; without it, presence is neither shown nor followed. */
  readonly user?: User
  /** Data that other users see. */
  readonly data?: object
  /** Follows the room's shared state; these values apply while it is empty. */
  readonly initialState?: StateValues
}

/** One use of a shared room; ending it does not end any other. */
export interface RoomStay {
  /** Shows other users these data; the same data again are not resent. */
  show(data: object): void
  /** Ends this use; the last use to end leaves the room. Idempotent. */
  leave(): void
}

/** What a room reports about its users. */
export interface SharedRoomEvents {
  onError(error: RealtimeError): void
  /** A user joined, with the first of their connections. */
  onJoined(userId: string): void
  /** A user left, with the last of their connections. */
  onLeft(userId: string): void
  /** An event arrived. */
  onEvent(event: ChannelEvent): void
  /** A part of the application began to use the room. */
  onUsed(): void
}

interface Stay {
  readonly profile: Profile | undefined
  data: object | undefined
  readonly initialState: StateValues | undefined
}

interface Asked {
  readonly presence: boolean
  readonly state: boolean
  readonly password: string | undefined
}

/**
 * A room whose users within one client share a membership and an appearance.
 *
 * Uses that begin and end within one synchronous run are evaluated at its end, so
 * that one join asks for what all of them need.
 */
export class SharedRoom {
  readonly id: string
  readonly channel: Channel
  /** True from the server's acceptance to leaving or refusal; a disconnect keeps it true. */
  readonly isOpen: Signal<boolean>
  /** The users present, each once. */
  readonly members: Signal<readonly PresenceEntry[]>
  /** The users present, except this one. */
  readonly others: Signal<readonly PresenceEntry[]>

  readonly #events: SharedRoomEvents
  readonly #onError: (error: RealtimeError) => void
  readonly #isOpen = createSignal(false)
  readonly #stays = new Set<Stay>()
  #offs: readonly (() => void)[] = []
  #isSettling = false
  #hasNewcomer = false
  #password: string | undefined
  // The last request to the channel; undefined before the first and after leaving.
  #asked: Asked | undefined
  /** This room's use of the channel, which may have other uses. */
  #use: ChannelUse | undefined
  #shown: string | undefined

  /** @throws {TypeError} when the id is not valid for a room */
  constructor(id: string, client: Client, events: SharedRoomEvents) {
    const name = `room:${id}`
    if (!isChannelName(name)) {
      throw new TypeError(
        `room: ${JSON.stringify(id)} is not allowed; expected segments of letters, digits and _.@=- joined by ":"`,
      )
    }
    this.id = id
    this.#events = events
    this.#onError = (error) => events.onError(error)
    this.channel = client.channel(name)
    this.isOpen = this.#isOpen
    const { presence } = this.channel
    this.members = deriveSignal([presence.members], withoutOffline)
    this.others = deriveSignal([presence.others], withoutOffline)
  }

  /** True when nothing uses the room. */
  get isUnused(): boolean {
    return this.#stays.size === 0 && !this.#isWatching
  }

  /** Takes a password for the next join; an accepted one stays until leaving. */
  offerPassword(password: string): void {
    if (!this.#isOpen()) this.#password = password
  }

  /**
   * Begins a use of the room, which lasts until `leave()`.
   *
   * @throws {RealtimeError} `invalid_payload` for a user or data that JSON cannot carry
   */
  enter({ user, data, initialState }: RoomEntry): RoomStay {
    const stay: Stay = { profile: user && createProfile(user), data, initialState }
    this.#stays.add(stay)
    this.#events.onUsed()
    this.#watch()
    this.#hasNewcomer = true
    this.#settleSoon()
    return {
      show: (shown) => {
        if (!this.#stays.delete(stay)) return
        stay.data = shown
        // Added last, because the newest of several different values applies.
        this.#stays.add(stay)
        if (this.#asked?.presence) this.#appear()
      },
      leave: () => {
        if (this.#stays.delete(stay)) this.#settleSoon()
      },
    }
  }

  /**
   * Publishes an event to the room; `onError` also reports a refusal.
   *
   * @throws {RealtimeError} see `Channel.publish`
   */
  publish(event: string, payload: unknown): Promise<void> {
    return this.report(this.channel.publish(event, payload as JsonLike).then(() => {}))
  }

  /** Rejects with the server's error for this case, and reports it to `onError`. */
  refuse(error: RealtimeError): Promise<void> {
    return this.report(Promise.reject(error))
  }

  /** Also reports a rejection to `onError`, for callers without a handler. */
  report<T>(asked: Promise<T>): Promise<T> {
    asked.catch(this.#onError)
    return asked
  }

  /** Asks again for a refused room, when it is still in use. */
  tryAgain(): void {
    this.#hasNewcomer = true
    this.#settleSoon()
  }

  // Only while the room is in use: listeners keep a channel alive.
  #watch(): void {
    if (this.#isWatching) return
    const { status, error } = this.channel
    const { onEvent } = this.#events
    this.#offs = [
      status.subscribe((now) => {
        if (now === 'joined') this.#isOpen.set(this.#asked !== undefined)
        else if (now === 'refused') this.#isOpen.set(false)
      }),
      error.subscribe((refusal) => {
        if (refusal && this.#asked) this.#onError(refusal)
      }),
      this.#watchMembers(),
      this.channel.onAny(onEvent),
    ]
  }

  #watchMembers(): () => void {
    const { onJoined, onLeft } = this.#events
    let before = new Set<string>(this.members().map(({ user_id }) => user_id))
    return this.members.subscribe((members) => {
      const now = new Set<string>(members.map(({ user_id }) => user_id))
      // Users who were there before did not join now, and this user's own leave is not reported.
      if (this.#isOpen()) {
        for (const userId of now) if (!before.has(userId)) onJoined(userId)
        for (const userId of before) if (!now.has(userId)) onLeft(userId)
      }
      before = now
    })
  }

  get #isWatching(): boolean {
    return this.#offs.length > 0
  }

  #settleSoon(): void {
    if (this.#isSettling) return
    this.#isSettling = true
    queueMicrotask(() => {
      this.#isSettling = false
      this.#settle()
    })
  }

  #settle(): void {
    const hasNewcomer = this.#hasNewcomer
    this.#hasNewcomer = false
    const asked = this.#asked
    if (this.#stays.size === 0) {
      this.#exit()
    } else if (!asked) {
      this.#join(this.#needs)
    } else if (this.channel.status() === 'refused') {
      this.#reconsider(asked, hasNewcomer)
    } else if (this.#needsMore(asked)) {
      const { presence, state, password } = this.#needs
      this.#join({ presence: presence || asked.presence, state: state || asked.state, password })
    } else if (asked.presence) {
      this.#appear()
    }
  }

  // The same request would get the same answer from the server.
  #reconsider(asked: Asked, hasNewcomer: boolean): void {
    const needs = this.#needs
    const needsLess = (asked.presence && !needs.presence) || (asked.state && !needs.state)
    if (!hasNewcomer && !needsLess) return
    this.#asked = undefined
    this.#join(needs)
  }

  get #needs(): Asked {
    const presence = this.#profile !== undefined
    return { presence, state: this.#initialState !== undefined, password: this.#password }
  }

  #needsMore(asked: Asked): boolean {
    const { presence, state, password } = this.#needs
    const hasOtherPassword = !this.#isOpen() && password !== asked.password
    return (presence && !asked.presence) || (state && !asked.state) || hasOtherPassword
  }

  #join(needs: Asked): void {
    const before = this.#asked
    this.#asked = needs
    // A refused appearance must not have the whole room refused.
    if (before?.presence) this.#appear()
    const initialState = this.#initialState
    const options: ChannelOptions = {
      state: needs.state,
      ...(initialState && { initialState }),
      ...(needs.password !== undefined && { password: needs.password }),
      presence: before?.presence ? true : needs.presence && this.#firstAppearance(),
    }
    const joined = this.#use?.ask(options) ?? this.#enterChannel(options)
    joined.catch((error: RealtimeError) => this.#refused(error, before))
    // Another use of the channel may have joined it with everything that is needed.
    if (this.channel.status() === 'joined') this.#isOpen.set(true)
  }

  #enterChannel(options: ChannelOptions): Promise<void> {
    this.#use = this.channel.use(options)
    return this.#use.joined
  }

  // The channel's `error` reports a refused room, the client's `error` a refused client.
  #refused(error: RealtimeError, before: Asked | undefined): void {
    const isInside = ['joining', 'joined'].includes(this.channel.status())
    if (!isInside || error.code === 'unavailable' || !this.#asked) return
    this.#asked = before ?? { presence: false, state: false, password: undefined }
    this.#onError(error)
  }

  #exit(): void {
    if (this.#asked) {
      this.#asked = undefined
      this.#isOpen.set(false)
      this.#password = undefined
      void this.#use?.release()
      this.#use = undefined
    }
    // A listener may have begun a new use.
    if (this.#stays.size > 0) return
    for (const off of this.#offs) off()
    this.#offs = []
  }

  #firstAppearance(): PresenceAppearance {
    const appearance = this.#appearance
    this.#shown = JSON.stringify(appearance)
    return appearance
  }

  #appear(): void {
    const appearance = this.#appearance
    const text = JSON.stringify(appearance)
    if (text === this.#shown) return
    this.#shown = text
    this.channel.presence.update(appearance).catch((error: RealtimeError) => {
      // Changes that waited during `disconnect()` are sent with the next join.
      if (error.code !== 'unavailable') this.#onError(error)
    })
  }

  get #profile(): Profile | undefined {
    return [...this.#stays].findLast(({ profile }) => profile)?.profile
  }

  get #initialState(): StateValues | undefined {
    return [...this.#stays].find(({ initialState }) => initialState)?.initialState
  }

  get #appearance(): PresenceAppearance {
    const profile = this.#profile
    if (!profile) return { status: 'offline' }
    const shown = [...this.#stays].flatMap(({ data = {} }) => Object.entries(data))
    return { status: 'online', data: { user: profile, data: Object.fromEntries(shown) } }
  }
}

function withoutOffline(entries: readonly PresenceEntry[]): readonly PresenceEntry[] {
  return entries.some(isOffline) ? entries.filter((entry) => !isOffline(entry)) : entries
}

function isOffline({ status }: PresenceEntry): boolean {
  return status === 'offline'
}
