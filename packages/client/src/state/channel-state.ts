import {
  err,
  type JsonLike,
  type JsonObjectLike,
  ok,
  RealtimeError,
  type Result,
  type StateRequest,
  type StateValues,
  stateKeyProblem,
  stateValuesProblem,
} from '@coterie/protocol'
import { createAttempt, createLateError, isRemembered, isSameUser } from '../channel/attempt.ts'
import type { ChannelFrame } from '../channel/channel-frame.ts'
import type { ChannelPart, PartContext } from '../channel/channel-part.ts'
import { copied } from '../channel/copied.ts'
import { createId } from '../channel/create-id.ts'
import type { JoinReply } from '../channel/join-reply.ts'
import { RetryingQueue } from '../channel/retrying-queue.ts'
import { createUnattended, settle } from '../channel/unattended.ts'
import { isRecord } from '../connection/frame-reader.ts'
import { createCountedSignal, type WritableSignal } from '../signals/signal.ts'
import type { SharedState, StateChange } from './shared-state.ts'
import {
  applied,
  type ConfirmedChange,
  type StateAttempt,
  type StateOperation,
} from './state-operation.ts'

/** The shared state of one channel, updated by its frames. */
export class ChannelState implements SharedState, ChannelPart {
  readonly value: WritableSignal<StateValues>
  readonly version: WritableSignal<number>
  readonly hasBegun: WritableSignal<boolean>
  readonly pending: WritableSignal<number>
  readonly queue: RetryingQueue<StateOperation>

  readonly #channel: PartContext
  /** The server's values. */
  #base: StateValues = {}
  /** Whether any value was ever set. */
  #hasBaseBegun = false
  #isFollowing = false
  /** Accepted changes that the server has not announced yet, by their versions. */
  #confirmed: ConfirmedChange[] = []

  constructor(channel: PartContext) {
    const { count, host, membership } = channel
    this.#channel = channel
    this.queue = new RetryingQueue<StateOperation>({
      host,
      fullMessage: 'too many changes wait',
      maySend: () => host.isReady && membership.isMember,
      send: ([operation], take) => {
        if (this.#isInTime(operation)) {
          const frame = this.#createFrame(operation)
          host.request(
            frame,
            take((result) => this.#answered(operation, result)),
          )
        } else take(() => this.#rejectLate(operation))(ok(undefined))
      },
    })
    this.value = createCountedSignal<StateValues>({}, count)
    this.version = createCountedSignal(0, count)
    this.hasBegun = createCountedSignal(false, count)
    this.pending = createCountedSignal(0, count)
  }

  set(key: string, value: JsonLike): Promise<number> {
    return this.change({ set: { [key]: value } })
  }

  merge(values: JsonObjectLike): Promise<number> {
    return this.change({ set: values })
  }

  delete(...keys: readonly string[]): Promise<number> {
    return this.change({ delete: keys })
  }

  change({ set = {}, delete: deleted = [], ifVersion }: StateChange): Promise<number> {
    const { count, host } = this.#channel
    return createUnattended((resolve, reject) => {
      count.used()
      const values = copied(set, 'set') as StateValues
      checkKeys(values, deleted)
      const operation = { set: values, delete: [...deleted], ifVersion, resolve, reject }
      if (!this.queue.push({ id: createId(host.environment), ...operation })) return
      this.#show()
      this.queue.flush()
    })
  }

  /** Notes that a join is under way, or that the last one is no longer valid. */
  joining(): void {
    this.#isFollowing = false
  }

  /** Takes the state at the time of the join. */
  joined({ state: snapshot }: JoinReply): void {
    if (!snapshot) return
    this.#isFollowing = true
    this.#confirmed = []
    this.#base = snapshot.value
    this.#hasBaseBegun = snapshot.emptied === true || Object.keys(snapshot.value).length > 0
    this.version.set(snapshot.version)
    this.#show()
  }

  /** Takes a change that the server announced. */
  receive(frame: ChannelFrame): void {
    if (frame.type !== 'state') return
    const { version, set, delete: deleted, op_id: id } = frame
    // Anything older than the snapshot is part of it.
    if (!this.#isFollowing || version <= this.version()) return
    if (version !== this.version() + 1) {
      this.#isFollowing = false
      this.#channel.membership.joinAgain()
      return
    }
    this.#base = applied(this.#base, { set, delete: deleted })
    this.#hasBaseBegun = true
    this.version.set(version)
    const [own] = this.queue.items
    if (own && own.id === id) this.#accept(own, version)
    else this.#show()
  }

  cut(): void {
    this.#isFollowing = false
  }

  /** Undoes unanswered changes. */
  end(): void {
    this.#show()
  }

  /** Forgets everything: the channel was left. */
  left(error: RealtimeError): void {
    this.#base = {}
    this.#confirmed = []
    this.#hasBaseBegun = false
    this.version.set(0)
    this.queue.end(error)
    this.end()
  }

  // After the server's memory of ids, a change is resent only when it was certainly not made.
  #isInTime(operation: StateOperation): boolean {
    const { attempt } = operation
    if (!attempt || isRemembered(attempt, this.#channel.host)) return true
    if (!this.#isUntouchedSince(attempt)) return false
    // When the state is untouched so far, the resent change must apply to that version only.
    operation.attempt = { ...this.#createAttempt(), isConditional: true }
    return true
  }

  // The server has made no change at all, so it has not made this one either.
  #isUntouchedSince(attempt: StateAttempt): boolean {
    return (
      this.#isFollowing &&
      isSameUser(attempt, this.#channel.host) &&
      attempt.version === this.version() &&
      JSON.stringify(attempt.base) === JSON.stringify(this.#base)
    )
  }

  #createAttempt(): StateAttempt {
    const base = this.#isFollowing ? this.#base : undefined
    return { ...createAttempt(this.#channel.host), base, version: this.version() }
  }

  #createFrame(operation: StateOperation): StateRequest {
    const { id, set, delete: deleted } = operation
    operation.attempt ??= this.#createAttempt()
    const { isConditional, version } = operation.attempt
    const ifVersion = operation.ifVersion ?? (isConditional ? version : undefined)
    return {
      type: 'state',
      channel: this.#channel.name,
      op_id: id,
      ...(Object.keys(set).length > 0 && { set }),
      ...(deleted.length > 0 && { delete: [...deleted] }),
      if_version: ifVersion,
    }
  }

  #rejectLate(operation: StateOperation): void {
    this.#settle(operation, err(createLateError()))
  }

  #answered(operation: StateOperation, result: Result<unknown>): void {
    // The change may have been announced before the answer, which counted as its answer.
    if (this.queue.items[0] !== operation) return
    if (result.ok) this.#accept(operation, versionOf(result.value))
    else if (operation.attempt?.isConditional && result.error.code === 'conflict') {
      this.#rejectLate(operation)
    } else this.#settle(operation, result)
  }

  #accept(operation: StateOperation, version: number): void {
    // An answer may overtake the change: the confirmed values must stay visible until it arrives.
    if (this.#isFollowing && version > this.version()) {
      this.#confirmed.push({ version, set: operation.set, delete: operation.delete })
    }
    this.#settle(operation, ok(version))
  }

  #settle(operation: StateOperation, result: Result<number>): void {
    this.queue.remove([operation])
    this.#show()
    settle(operation, result)
  }

  #show(): void {
    let value = this.#base
    let hasBegun = this.#hasBaseBegun
    this.#confirmed = this.#confirmed.filter(({ version }) => version > this.version())
    const { items } = this.queue
    for (const operation of [...this.#confirmed, ...items]) {
      value = applied(value, operation)
      hasBegun ||= Object.keys(operation.set).length > 0
    }
    this.pending.set(items.length)
    // Set before the value, so that a listener to the value finds both consistent.
    this.hasBegun.set(hasBegun)
    this.value.set(value)
  }
}

function checkKeys(values: StateValues, deleted: readonly string[]): void {
  const problem =
    stateValuesProblem(values) ?? deleted.map(stateKeyProblem).find((found) => found !== undefined)
  if (problem !== undefined) throw new RealtimeError('invalid_payload', problem)
  if (Object.keys(values).length + deleted.length === 0) {
    throw new RealtimeError('invalid_payload', 'set or delete: expected at least one key')
  }
}

function versionOf(reply: unknown): number {
  return isRecord(reply) && typeof reply.version === 'number' ? reply.version : 0
}
