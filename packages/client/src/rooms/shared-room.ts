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
  /** Who appears in the room; without it, nobody appears and nobody is seen. */
  readonly user?: User
  /** What others see of them. */
  readonly data?: object
  /** Follows the room's shared state, which begins with these values where it is empty. */
  readonly initialState?: StateValues
}

/** One use of a shared room, which can be ended by itself. */
export interface RoomStay {
  /** Shows others these data from now on; the same again is not sent again. */
  show(data: object): void
  /** Ends the part; the room is left when it was the last. Idempotent. */
  leave(): void
}

/** What a room tells of those in it. */
export interface SharedRoomEvents {
  onError(error: RealtimeError): void
  /** A user came who was not there, by any connection. */
  onJoined(userId: string): void
  /** A user left with the last connection. */
  onLeft(userId: string): void
  /** An event came. */
  onEvent(event: ChannelEvent): void
  /** Somebody takes part in the room. */
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
 * Users that enter and leave in one synchronous run are counted at its end, so
 * that one join asks for what all of them need.
 */
export class SharedRoom {
  readonly id: string
  readonly channel: Channel
  /** True from the server's yes until the room is left or refused; a cut does not change it. */
  readonly isOpen: Signal<boolean>
  /** Who is present, each user once. */
  readonly members: Signal<readonly PresenceEntry[]>
  /** Who is present but for this user. */
  readonly others: Signal<readonly PresenceEntry[]>

  readonly #events: SharedRoomEvents
  readonly #onError: (error: RealtimeError) => void
  readonly #isOpen = createSignal(false)
  readonly #stays = new Set<Stay>()
  #offs: readonly (() => void)[] = []
  #isSettling = false
  #hasNewcomer = false
  #password: string | undefined
  // What the channel was last asked for; undefined when it was not, or was left.
  #asked: Asked | undefined
  /** This room's part in the channel, which others may use too. */
  #use: ChannelUse | undefined
  #shown: string | undefined

  /** @throws {TypeError} when the id cannot be that of a room */
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

  /** True where nobody takes part. */
  get isUnused(): boolean {
    return this.#stays.size === 0 && !this.#isWatching
  }

  /** Takes a password for the next join; one that opened the room stays until it is left. */
  offerPassword(password: string): void {
    if (!this.#isOpen()) this.#password = password
  }

  /**
   * Takes part in the room, until the part is left.
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
        // Last, since of several that say different things the newest is right.
        this.#stays.add(stay)
        if (this.#asked?.presence) this.#appear()
      },
      leave: () => {
        if (this.#stays.delete(stay)) this.#settleSoon()
      },
    }
  }

  /**
   * Publishes an event to the room; who does not look hears of a refusal by `onError`.
   *
   * @throws {RealtimeError} see `Channel.publish`
   */
  publish(event: string, payload: unknown): Promise<void> {
    return this.report(this.channel.publish(event, payload as JsonLike).then(() => {}))
  }

  /** Rejects with what the server would have said, told in the same way. */
  refuse(error: RealtimeError): Promise<void> {
    return this.report(Promise.reject(error))
  }

  /** Tells `onError` too of what was refused, for who does not look. */
  report<T>(asked: Promise<T>): Promise<T> {
    asked.catch(this.#onError)
    return asked
  }

  /** Asks again for a room that was refused, where somebody still wants it. */
  tryAgain(): void {
    this.#hasNewcomer = true
    this.#settleSoon()
  }

  // Only while somebody takes part: what listens to a channel keeps it.
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
      // Who was there before is no news, and neither is that one has left oneself.
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

  // Asked the same again, the server would say the same again.
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
    // An appearance that the server refused must not have the whole room refused.
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
    // Another who uses the channel may have joined it with all that is needed.
    if (this.channel.status() === 'joined') this.#isOpen.set(true)
  }

  #enterChannel(options: ChannelOptions): Promise<void> {
    this.#use = this.channel.use(options)
    return this.#use.joined
  }

  // A refusal of the whole room is told by the channel's `error`, one of the client by the client's.
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
    // A listener may have entered again.
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
      // What waited when the client disconnected goes with the next join.
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
