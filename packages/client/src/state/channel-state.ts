import {
  type JsonLike,
  type JsonObjectLike,
  ok,
  RealtimeError,
  type Result,
  type StateFrame,
  type StateSnapshot,
  type StateValues,
  stateKeyProblem,
  stateValuesProblem,
} from '@coterie/protocol'
import { createAttempt, createLateError, isRemembered, isSameUser } from '../attempt.ts'
import type { ChannelHost } from '../channel-host.ts'
import { copied } from '../copied.ts'
import { isRecord } from '../frame-reader.ts'
import type { ListenerCount } from '../listener-count.ts'
import { RetryingQueue, type TakeAnswer } from '../retrying-queue.ts'
import { createCountedSignal, type WritableSignal } from '../signal.ts'
import { createUnattended } from '../unattended.ts'
import type { SharedState, StateChange } from './shared-state.ts'
import {
  applied,
  type ConfirmedChange,
  type StateAttempt,
  type StateOperation,
} from './state-operation.ts'

/** What the state of a channel needs of it. */
export interface ChannelStateParts {
  readonly channel: string
  readonly host: ChannelHost
  readonly createId: () => string
  /** True when a change would not overtake the join. */
  readonly mayChange: () => boolean
  /** A change is missing: joins again, for a new snapshot. */
  readonly onHole: () => void
  readonly count: ListenerCount
}

/** The shared state of one channel, fed with its frames. */
export class ChannelState implements SharedState {
  readonly value: WritableSignal<StateValues>
  readonly version: WritableSignal<number>
  readonly hasBegun: WritableSignal<boolean>
  readonly pending: WritableSignal<number>

  readonly #parts: ChannelStateParts
  /** What the server has. */
  #base: StateValues = {}
  /** Whether anybody ever set something in it. */
  #hasBaseBegun = false
  #isFollowing = false
  readonly #operations: RetryingQueue<StateOperation>
  /** Changes that were answered and are not told yet, by the versions that will have them. */
  #confirmed: ConfirmedChange[] = []

  constructor(parts: ChannelStateParts) {
    const { count, host } = parts
    this.#parts = parts
    this.#operations = new RetryingQueue<StateOperation>({
      host,
      fullMessage: 'too many changes wait',
      maySend: parts.mayChange,
      send: ([operation], take) => {
        if (this.#isInTime(operation)) this.#send(operation, take)
        else take(() => this.#rejectLate(operation))(ok(undefined))
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
    const { createId, count } = this.#parts
    return createUnattended((resolve, reject) => {
      count.used()
      const values = copied(set, 'set') as StateValues
      checkKeys(values, deleted)
      const operation = { set: values, delete: [...deleted], ifVersion, resolve, reject }
      if (!this.#operations.push({ id: createId(), ...operation })) return
      this.#show()
      this.#operations.flush()
    })
  }

  /** Notes that a join is under way, or that the last one is no longer good. */
  joining(): void {
    this.#isFollowing = false
  }

  /** Takes the state as it was at the moment of the join. */
  joined(snapshot: StateSnapshot | undefined): void {
    if (snapshot) {
      this.#isFollowing = true
      this.#confirmed = []
      this.#base = snapshot.value
      this.#hasBaseBegun = snapshot.emptied === true || Object.keys(snapshot.value).length > 0
      this.version.set(snapshot.version)
      this.#show()
    }
    this.#operations.flush()
  }

  /** Takes a change that the server made known. */
  receive({ version, set, delete: deleted, op_id: id }: StateFrame): void {
    // What comes before the snapshot is part of it.
    if (!this.#isFollowing || version <= this.version()) return
    if (version !== this.version() + 1) {
      this.#isFollowing = false
      this.#parts.onHole()
      return
    }
    this.#base = applied(this.#base, { set, delete: deleted })
    this.#hasBaseBegun = true
    this.version.set(version)
    const [own] = this.#operations.items
    if (own && own.id === id) this.#accept(own, version)
    else this.#show()
  }

  /** Sends what waits, as far as the channel allows. */
  flush(): void {
    this.#operations.flush()
  }

  /** Notes that the answer under way will not come: its frame is sent again later. */
  cut(): void {
    this.#isFollowing = false
    this.#operations.cut()
  }

  /** Rejects everything that waits, and takes it back. */
  end(error: RealtimeError): void {
    this.#isFollowing = false
    this.#operations.end(error)
    this.#show()
  }

  /** Forgets everything: the channel was left. */
  left(error: RealtimeError): void {
    this.#base = {}
    this.#confirmed = []
    this.#hasBaseBegun = false
    this.version.set(0)
    this.end(error)
  }

  // Later than the server remembers, only what it has not made for certain is sent again.
  #isInTime(operation: StateOperation): boolean {
    const { attempt } = operation
    if (!attempt || isRemembered(attempt, this.#parts.host)) return true
    if (!this.#isUntouchedSince(attempt)) return false
    // What nobody changed meanwhile must not change on the way either.
    operation.attempt = { ...this.#createAttempt(), isConditional: true }
    return true
  }

  // The server has made no change at all, so it has not made this one either.
  #isUntouchedSince(attempt: StateAttempt): boolean {
    return (
      this.#isFollowing &&
      isSameUser(attempt, this.#parts.host) &&
      attempt.version === this.version() &&
      JSON.stringify(attempt.base) === JSON.stringify(this.#base)
    )
  }

  #createAttempt(): StateAttempt {
    const base = this.#isFollowing ? this.#base : undefined
    return { ...createAttempt(this.#parts.host), base, version: this.version() }
  }

  #send(operation: StateOperation, take: TakeAnswer): void {
    const { channel, host } = this.#parts
    const { id, set, delete: deleted } = operation
    operation.attempt ??= this.#createAttempt()
    const { isConditional, version } = operation.attempt
    const ifVersion = operation.ifVersion ?? (isConditional ? version : undefined)
    host.request(
      {
        type: 'state',
        channel,
        op_id: id,
        ...(Object.keys(set).length > 0 && { set }),
        ...(deleted.length > 0 && { delete: [...deleted] }),
        ...(ifVersion !== undefined && { if_version: ifVersion }),
      },
      take((result) => {
        if (isConditional && !result.ok && result.error.code === 'conflict') {
          this.#rejectLate(operation)
        } else this.#answered(operation, result)
      }),
    )
  }

  #rejectLate(operation: StateOperation): void {
    this.#settle(operation, () => operation.reject(createLateError()))
  }

  #answered(operation: StateOperation, result: Result<unknown>): void {
    // Its change may have been told before the answer, and was taken for one.
    if (this.#operations.items[0] !== operation) return
    if (result.ok) this.#accept(operation, versionOf(result.value))
    else this.#settle(operation, () => operation.reject(result.error))
  }

  #accept(operation: StateOperation, version: number): void {
    // An answer may overtake the change: what it confirms must not vanish until that comes.
    if (this.#isFollowing && version > this.version()) {
      this.#confirmed.push({ version, set: operation.set, delete: operation.delete })
    }
    this.#settle(operation, () => operation.resolve(version))
  }

  #settle(operation: StateOperation, settle: () => void): void {
    this.#operations.remove([operation])
    this.#show()
    settle()
  }

  #show(): void {
    let value = this.#base
    let hasBegun = this.#hasBaseBegun
    this.#confirmed = this.#confirmed.filter(({ version }) => version > this.version())
    const { items } = this.#operations
    for (const operation of [...this.#confirmed, ...items]) {
      value = applied(value, operation)
      hasBegun ||= Object.keys(operation.set).length > 0
    }
    this.pending.set(items.length)
    // Before the value, so that whoever hears of the value finds both in step.
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
