import {
  copyJson,
  type JsonLike,
  type JsonObjectLike,
  RealtimeError,
  type Result,
  refuse,
  type StateFrame,
  type StateSnapshot,
  type StateValues,
  stateKeyProblem,
  stateValuesProblem,
} from '@coterie/protocol'
import { createAttempt, createLateError, isRemembered, isSameUser } from '../attempt.ts'
import type { ChannelHost } from '../channel-host.ts'
import { isRecord } from '../frame-reader.ts'
import type { ListenerCount } from '../listener-count.ts'
import { mayRetry } from '../retry.ts'
import { createCountedSignal, type WritableSignal } from '../signal.ts'
import { unattended } from '../unattended.ts'
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
  #operations: StateOperation[] = []
  /** Changes that were answered and are not told yet, by the versions that will have them. */
  #confirmed: ConfirmedChange[] = []
  #isSending = false
  // Tells the answer of a link that is gone from the current one's.
  #round = 0
  #failures = 0
  #cancelRetry: (() => void) | undefined

  constructor(parts: ChannelStateParts) {
    const { count } = parts
    this.#parts = parts
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

  change(change: StateChange): Promise<number> {
    return unattended(this.#change(change))
  }

  #change({ set = {}, delete: deleted = [], ifVersion }: StateChange): Promise<number> {
    const { host, createId, count } = this.#parts
    count.used()
    const checked = checkChange(set, deleted)
    if (!checked.ok) return Promise.reject(checked.error)
    if (host.hasEnded) return Promise.reject(host.createAbsenceError())
    if (!host.takePublishSlot()) {
      return Promise.reject(new RealtimeError('limit_exceeded', 'too many changes wait'))
    }
    const changed = new Promise<number>((resolve, reject) => {
      const operation = { set: checked.value, delete: [...deleted], ifVersion, resolve, reject }
      this.#operations.push({ id: createId(), ...operation })
    })
    this.#show()
    this.flush()
    return changed
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
    this.flush()
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
    const own = this.#operations[0]
    if (own && own.id === id) this.#accept(own, version)
    else this.#show()
  }

  /** Sends what waits, as far as the channel allows. */
  flush(): void {
    const [head] = this.#operations
    if (!head || this.#isSending || !this.#parts.mayChange()) return
    if (this.#isInTime(head)) this.#send(head)
    else this.#rejectLate(head)
  }

  /** Notes that the answer under way will not come: its frame is sent again later. */
  cut(): void {
    this.#round += 1
    this.#isSending = false
    this.#isFollowing = false
    this.#failures = 0
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
  }

  /** Rejects everything that waits, and takes it back. */
  end(error: RealtimeError): void {
    this.cut()
    const operations = this.#operations
    this.#operations = []
    this.#show()
    for (const { reject } of operations) {
      this.#parts.host.freePublishSlot()
      reject(error)
    }
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

  #send(operation: StateOperation): void {
    const { channel, host } = this.#parts
    const { id, set, delete: deleted } = operation
    const isFirst = operation.attempt === undefined
    operation.attempt ??= this.#createAttempt()
    const { isConditional, version } = operation.attempt
    const ifVersion = operation.ifVersion ?? (isConditional ? version : undefined)
    this.#isSending = true
    const round = this.#round
    host.request(
      {
        type: 'state',
        channel,
        op_id: id,
        ...(Object.keys(set).length > 0 && { set }),
        ...(deleted.length > 0 && { delete: [...deleted] }),
        ...(ifVersion !== undefined && { if_version: ifVersion }),
      },
      (result) => {
        if (round !== this.#round) return
        const code = result.ok ? undefined : result.error.code
        // Then it was not made for certain.
        if (isFirst && code === 'rate_limited') operation.attempt = undefined
        if (isConditional && code === 'conflict') this.#rejectLate(operation)
        else this.#answered(operation, result)
      },
    )
  }

  #rejectLate(operation: StateOperation): void {
    this.#settle(() => operation.reject(createLateError()))
    this.#continue()
  }

  #answered(operation: StateOperation, result: Result<unknown>): void {
    // Its change was told before the answer, and was taken for one.
    const isOpen = this.#operations[0] === operation
    if (result.ok) {
      if (isOpen) this.#accept(operation, versionOf(result.value))
      this.#continue()
    } else if (!mayRetry(result.error)) {
      if (isOpen) this.#settle(() => operation.reject(result.error))
      this.#continue()
    } else {
      this.#cancelRetry = this.#parts.host.retry(result.error, this.#failures, () => {
        this.#isSending = false
        this.flush()
      })
      this.#failures += 1
    }
  }

  #continue(): void {
    this.#isSending = false
    this.#failures = 0
    this.flush()
  }

  #accept(operation: StateOperation, version: number): void {
    // An answer may overtake the change: what it confirms must not vanish until that comes.
    if (this.#isFollowing && version > this.version()) {
      this.#confirmed.push({ version, set: operation.set, delete: operation.delete })
    }
    this.#settle(() => operation.resolve(version))
  }

  #settle(settle: () => void): void {
    this.#operations.shift()
    this.#parts.host.freePublishSlot()
    this.#show()
    settle()
  }

  #show(): void {
    let value = this.#base
    let hasBegun = this.#hasBaseBegun
    this.#confirmed = this.#confirmed.filter(({ version }) => version > this.version())
    for (const operation of [...this.#confirmed, ...this.#operations]) {
      value = applied(value, operation)
      hasBegun ||= Object.keys(operation.set).length > 0
    }
    this.pending.set(this.#operations.length)
    // Before the value, so that whoever hears of the value finds both in step.
    this.hasBegun.set(hasBegun)
    this.value.set(value)
  }
}

function checkChange(set: JsonObjectLike, deleted: readonly string[]): Result<StateValues> {
  const copy = copyJson(set, 'set')
  if (!copy.ok) return copy
  const values = copy.value as StateValues
  const problem =
    stateValuesProblem(values) ?? deleted.map(stateKeyProblem).find((found) => found !== undefined)
  if (problem !== undefined) return refuse('invalid_payload', problem)
  if (Object.keys(values).length + deleted.length === 0) {
    return refuse('invalid_payload', 'set or delete: expected at least one key')
  }
  return { ok: true, value: values }
}

function versionOf(reply: unknown): number {
  return isRecord(reply) && typeof reply.version === 'number' ? reply.version : 0
}
