import type {
  PresenceAppearance,
  PresenceEntry,
  RealtimeError,
  Result,
  SubscribeRequest,
} from '@coterie/protocol'
import type { ChannelOptions } from '../channel/channel.ts'
import type { ChannelFrame } from '../channel/channel-frame.ts'
import type { ChannelHost } from '../channel/channel-host.ts'
import type { ChannelPart, PartContext } from '../channel/channel-part.ts'
import { copied } from '../channel/copied.ts'
import type { JoinReply } from '../channel/join-reply.ts'
import { type Batch, RetryingQueue, type TakeAnswer } from '../channel/retrying-queue.ts'
import { createUnattended, settle } from '../channel/unattended.ts'
import {
  createCountedSignal,
  deriveSignal,
  type Signal,
  type WritableSignal,
} from '../signals/signal.ts'
import type { Presence, PresenceOption } from './presence.ts'
import { ReturningUsers } from './returning-users.ts'

/** A change without an answer yet, and the callers that wait for it. */
interface Update {
  readonly change: PresenceAppearance
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: RealtimeError) => void
}

/** The presence of one channel, updated by its frames. */
export class ChannelPresence implements Presence, ChannelPart {
  readonly members: WritableSignal<readonly PresenceEntry[]>
  readonly others: Signal<readonly PresenceEntry[]>
  readonly count: Signal<number>
  readonly queue: RetryingQueue<Update>

  /** Number of users, when they are too many to be listed. */
  readonly #crowd: WritableSignal<number | null>
  readonly #channel: string
  readonly #host: ChannelHost
  readonly #count: PartContext['count']
  readonly #returning: ReturningUsers
  /** This user's id at the last join. */
  #ownId: string | null = null
  /** The epoch of the server's presence, as last announced. */
  #epoch: string | undefined
  #standing: 'idle' | 'joining' | 'joined' = 'idle'
  // What the next join asks for, what the last one did, and what the server is known to have.
  #option: PresenceOption | undefined
  #asked: PresenceOption | undefined
  #accepted: PresenceOption | undefined

  constructor({ name, host, count }: Pick<PartContext, 'name' | 'host' | 'count'>) {
    this.#channel = name
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
    this.queue = new RetryingQueue<Update>({
      host,
      maySend: () => this.#standing === 'joined',
      sendsAll: true,
      send: (updates, take) => this.#send(updates, take),
    })
  }

  get wanted(): Pick<SubscribeRequest, 'presence'> {
    return { presence: this.#option }
  }

  /** Notes that a join with the wanted presence is being sent. */
  asked(): void {
    this.#asked = this.#option
  }

  /** Restores what the last accepted join asked for. */
  takeBack(): void {
    this.#option = this.#accepted
  }

  /** Shows changes made since the last join, when this user is present already. */
  refresh(): void {
    if (this.#standing === 'idle' || typeof this.#option !== 'object') return
    const known = withChanges(merge(this.#asked, this.#accepted), this.queue.items)
    if (JSON.stringify(known) !== JSON.stringify(this.#option)) {
      void this.update(this.#option)
    }
  }

  /** Sets the presence of the next join; earlier values of `update` stay. */
  configure({ presence: option }: ChannelOptions): void {
    if (option === 'follow') this.#option = option
    else if (option === true) this.#option = typeof this.#option === 'object' ? this.#option : true
    else if (option) this.#option = merge(this.#option, option)
  }

  withdraw(): void {
    this.#option = undefined
  }

  update(appearance: PresenceAppearance): Promise<void> {
    return createUnattended<void>((resolve, reject) => {
      const change = copied(appearance, 'presence') as PresenceAppearance
      this.#count.used()
      this.#option = merge(this.#option, change)
      if (this.#standing === 'idle') return resolve()
      this.queue.push({ change, resolve: () => resolve(), reject })
      this.queue.flush()
    })
  }

  /** Notes that a join is under way, or that the last one is no longer valid. */
  joining(): void {
    this.#standing = 'joining'
    this.#returning.end()
  }

  /** Takes the snapshot of a join, which included all waiting changes. */
  joined({
    presence: snapshot,
    presenceCount: count,
    presenceReturning: returning,
  }: JoinReply): void {
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
      for (const update of this.queue.takeAll()) update.resolve(undefined)
    }
  }

  /** Keeps showing the last known users. */
  end(): void {
    this.joining()
    this.#standing = 'idle'
  }

  /** Forgets all users: the channel was left. */
  left(error: RealtimeError): void {
    this.queue.end(error)
    this.end()
    this.#crowd.set(null)
    if (this.members().length > 0) this.members.set([])
  }

  /** Applies a change; a change from before the snapshot is ignored as part of it. */
  receive(frame: ChannelFrame): void {
    if (frame.type !== 'presence' || this.#standing !== 'joined') return
    if (frame.count !== undefined) {
      // The users became too many to be listed, or few again; then the frame lists all.
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

  // A user whose id has changed does not return under the old one.
  #seenBefore(): readonly PresenceEntry[] {
    const former = this.#ownId === this.#host.userId() ? null : this.#ownId
    return this.members().filter(({ user_id }) => user_id !== former)
  }

  #set(byUser: Map<string, PresenceEntry>, entries: readonly PresenceEntry[]): void {
    for (const entry of entries) byUser.set(entry.user_id, entry)
    this.members.set([...byUser.values()])
  }

  #send(updates: Batch<Update>, take: TakeAnswer): void {
    const change = merge(undefined, withChanges(undefined, updates))
    const answered = take((result) => {
      // A join that included the changes may have been answered before.
      if (this.queue.items[0] === updates[0]) this.#settle(updates, change, result)
    })
    this.#host.request({ type: 'presence', channel: this.#channel, ...change }, answered)
  }

  #settle(updates: Batch<Update>, change: PresenceAppearance, result: Result<unknown>): void {
    if (result.ok) this.#accepted = merge(this.#accepted, change)
    // Repeating a refused change would have the whole next join refused.
    else this.#option = withChanges(this.#accepted, this.queue.items.slice(updates.length))
    for (const update of updates) settle(update, result)
  }
}

function withChanges(
  option: PresenceOption | undefined,
  updates: readonly Update[],
): PresenceOption | undefined {
  return updates.reduce<PresenceOption | undefined>(
    (known, { change }) => merge(known, change),
    option,
  )
}

function merge(option: PresenceOption | undefined, change: PresenceOption | undefined) {
  return {
    ...(typeof option === 'object' ? option : undefined),
    ...(typeof change === 'object' ? change : undefined),
  }
}
