import {
  copyJson,
  type JsonValue,
  type PresenceAppearance,
  type PresenceEntry,
  type PresenceFrame,
  type RealtimeError,
  type Result,
} from '@coterie/protocol'
import type { ChannelHost } from './channel-host.ts'
import type { PresenceReturn } from './join-reply.ts'
import type { ListenerCount } from './listener-count.ts'
import { mayRetry } from './retry.ts'
import { ReturningUsers } from './returning-users.ts'
import { createCountedSignal, deriveSignal, type Signal, type WritableSignal } from './signal.ts'
import { unattended } from './unattended.ts'

/** How a channel takes part in presence: appear and follow, follow only, or not at all. */
export type PresenceOption<Data = JsonValue> = boolean | 'follow' | Appearance<Data>

/** How one wants to appear; `data` is what the channel's contract allows. */
export type Appearance<Data = JsonValue> = Omit<PresenceAppearance, 'data'> & {
  readonly data?: Data | undefined
}

/** Who is in a channel. */
export interface Presence<Data = JsonValue, DataInput = Data> {
  /** Everybody, each user once; nobody where they are too many. Kept while the connection is away. */
  readonly members: Signal<readonly PresenceEntry<Data>[]>
  /** Everybody but this user. */
  readonly others: Signal<readonly PresenceEntry<Data>[]>
  /** How many users are present. */
  readonly count: Signal<number>
  /**
   * Changes how this user appears; what is not named stays.
   *
   * Resolves when the server has it; at once on a channel that nobody
   * subscribed, where it takes effect with the next `subscribe()`.
   *
   * @throws {RealtimeError} when the server refuses it or the client disconnects
   */
  update(change: Appearance<DataInput>): Promise<void>
}

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: RealtimeError) => void
}

/** The presence of one channel, fed with its frames. */
export class ChannelPresence implements Presence {
  readonly members: WritableSignal<readonly PresenceEntry[]>
  readonly others: Signal<readonly PresenceEntry[]>
  readonly count: Signal<number>

  /** How many there are, where they are too many to be told one by one. */
  readonly #crowd: WritableSignal<number | null>
  readonly #channel: string
  readonly #host: ChannelHost
  readonly #count: ListenerCount
  readonly #returning: ReturningUsers
  /** As whom one was seen with the last join. */
  #ownId: string | null = null
  /** Since when the server has known who is there, as it said last. */
  #epoch: string | undefined
  #standing: 'idle' | 'joining' | 'joined' = 'idle'
  // What the next join asks for, what the last one did, and what the server is known to have.
  #option: PresenceOption | undefined
  #asked: PresenceOption | undefined
  #accepted: PresenceOption | undefined
  #unsent: PresenceAppearance | undefined
  #isSending = false
  #waiters: Waiter[] = []
  #cancelRetry: (() => void) | undefined

  constructor(channel: string, host: ChannelHost, count: ListenerCount) {
    this.#channel = channel
    this.#host = host
    this.#count = count
    this.members = createCountedSignal<readonly PresenceEntry[]>([], count)
    this.#crowd = createCountedSignal<number | null>(null, count)
    this.#returning = new ReturningUsers(host.environment.clock, (missing) => {
      this.members.set(this.members().filter(({ user_id }) => !missing.has(user_id)))
    })
    this.others = deriveSignal([this.members, host.userId], (members, userId) =>
      members.filter((entry) => entry.user_id !== userId),
    )
    this.count = deriveSignal(
      [this.members, this.#crowd],
      (members, crowd) => crowd ?? members.length,
    )
  }

  /** True while somebody waits for a change to be taken. */
  get isBusy(): boolean {
    return this.#waiters.length > 0 || this.#isSending
  }

  /** How the next join takes part. */
  get option(): PresenceOption | undefined {
    return this.#option
  }

  /** Notes that a join goes out that takes part so. */
  ask(): void {
    this.#asked = this.#option
  }

  /** Asks for no more than the last join that the server took. */
  takeBack(): void {
    this.#option = this.#accepted
  }

  /** Shows what was asked for since the last join, where one appears already. */
  refresh(): void {
    if (this.#standing === 'idle' || typeof this.#option !== 'object') return
    const known = merge(merge(this.#asked, this.#accepted), this.#unsent)
    if (!this.#isSending && JSON.stringify(known) !== JSON.stringify(this.#option)) {
      void this.update(this.#option)
    }
  }

  /** Sets how the next join takes part; what `update` said before stays. */
  configure(option: PresenceOption): void {
    if (option === false) this.#option = undefined
    else if (option === 'follow') this.#option = option
    else if (option === true) this.#option = typeof this.#option === 'object' ? this.#option : true
    else this.#option = merge(this.#option, option)
  }

  update(appearance: PresenceAppearance): Promise<void> {
    const copy = copyJson(appearance, 'presence')
    if (!copy.ok) return unattended(Promise.reject(copy.error))
    const change = copy.value as PresenceAppearance
    this.#count.used()
    this.#option = merge(this.#option, change)
    if (this.#standing === 'idle') return Promise.resolve()
    const updated = new Promise<void>((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
      this.#unsent = merge(this.#unsent, change)
      this.#flush(0)
    })
    return unattended(updated)
  }

  /** Notes that a join is under way, or that the last one is no longer good. */
  joining(): void {
    this.#standing = 'joining'
    this.#returning.end()
    this.#isSending = false
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
  }

  /**
   * Takes the snapshot of a join, which asked for everything that waited.
   *
   * @param returning how long those who were seen before may be on the way back
   */
  joined(
    snapshot: readonly PresenceEntry[] | undefined,
    count: number | null,
    returning: PresenceReturn | null = null,
  ): void {
    this.#standing = 'joined'
    this.#accepted = this.#asked
    if (snapshot) {
      const hasBegunAnew = returning !== null && returning.epoch !== this.#epoch
      const seen = hasBegunAnew && count === null ? this.#seenBefore() : []
      this.#crowd.set(count)
      this.#returning.begin(seen, snapshot, returning?.ms ?? 0)
      this.#set(new Map(seen.map((entry) => [entry.user_id, entry])), snapshot)
    }
    if (returning) this.#epoch = returning.epoch
    this.#ownId = this.#host.userId()
    if (this.#option === this.#asked) {
      this.#unsent = undefined
      for (const { resolve } of this.#takeWaiters()) resolve()
    }
    this.#flush(0)
  }

  /** Ends what waits, and keeps showing who was there. */
  ended(error: RealtimeError): void {
    this.joining()
    this.#standing = 'idle'
    this.#unsent = undefined
    for (const { reject } of this.#takeWaiters()) reject(error)
  }

  /** Forgets everybody: the channel was left. */
  left(error: RealtimeError): void {
    this.ended(error)
    this.#crowd.set(null)
    if (this.members().length > 0) this.members.set([])
  }

  /** Takes a difference; one before the snapshot is part of it already. */
  receive(frame: PresenceFrame): void {
    if (this.#standing !== 'joined') return
    if (frame.count !== undefined) {
      // Too many to be told one by one, or few again, and then all of them.
      this.#returning.end()
      this.#crowd.set(frame.joins.length === 0 && frame.count > 0 ? frame.count : null)
      this.#set(new Map(), frame.joins)
      return
    }
    const byUser = new Map<string, PresenceEntry>()
    for (const entry of this.members()) byUser.set(entry.user_id, entry)
    for (const { user_id } of frame.leaves) byUser.delete(user_id)
    for (const { user_id } of [...frame.leaves, ...frame.joins, ...frame.updates]) {
      this.#returning.came(user_id)
    }
    this.#set(byUser, [...frame.joins, ...frame.updates])
  }

  // Whoever was somebody else before does not come back as that.
  #seenBefore(): readonly PresenceEntry[] {
    const former = this.#ownId === this.#host.userId() ? null : this.#ownId
    return this.members().filter(({ user_id }) => user_id !== former)
  }

  #set(byUser: Map<string, PresenceEntry>, entries: readonly PresenceEntry[]): void {
    for (const entry of entries) byUser.set(entry.user_id, entry)
    this.members.set([...byUser.values()])
  }

  // One change under way at a time: what comes meanwhile goes together in the next.
  #flush(failures: number): void {
    const change = this.#unsent
    if (!change || this.#isSending || this.#standing !== 'joined') return
    const waiters = this.#takeWaiters()
    this.#isSending = true
    this.#unsent = undefined
    this.#host.request({ type: 'presence', channel: this.#channel, ...change }, (result) => {
      if (result.ok || !mayRetry(result.error)) {
        this.#isSending = false
        this.#settle(change, waiters, result)
        return this.#flush(0)
      }
      if (this.#standing === 'idle') return rejectAll(waiters, result.error)
      this.#waiters.unshift(...waiters)
      this.#unsent = merge(change, this.#unsent)
      // After a cut, the next join carries the change.
      if (this.#standing !== 'joined') return
      this.#cancelRetry = this.#host.retry(result.error, failures, () => {
        this.#isSending = false
        this.#flush(failures + 1)
      })
    })
  }

  #settle(change: PresenceAppearance, waiters: readonly Waiter[], result: Result<unknown>): void {
    if (result.ok) {
      this.#accepted = merge(this.#accepted, change)
      for (const { resolve } of waiters) resolve()
    } else {
      // Asked for again, what was refused would have the whole next join refused.
      this.#option = this.#unsent ? merge(this.#accepted, this.#unsent) : this.#accepted
      rejectAll(waiters, result.error)
    }
  }

  #takeWaiters(): readonly Waiter[] {
    const waiters = this.#waiters
    this.#waiters = []
    return waiters
  }
}

function merge(option: PresenceOption | undefined, change: PresenceOption | undefined) {
  return {
    ...(typeof option === 'object' ? option : undefined),
    ...(typeof change === 'object' ? change : undefined),
  }
}

function rejectAll(waiters: readonly Waiter[], error: RealtimeError): void {
  for (const { reject } of waiters) reject(error)
}
