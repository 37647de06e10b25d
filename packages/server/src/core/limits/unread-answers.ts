import { ok, type Result, refuse } from '@coterie/protocol'
import type { Connection } from '../connection.ts'
import type { Feature } from '../feature.ts'
import { accountOf, accountOfAddress } from './account.ts'
import { rateLimited } from './rate-limiter.ts'

/** Unread bytes over all connections of a user, or of an address. */
export const MAX_UNREAD_BYTES = 16 * 1_048_576
/** Waiting requests of one connection, or of one address over HTTP; more are refused. */
const MAX_WAITING = 512
const RETRY_AFTER_MS = 1_000
/** Receivers that are checked per request, on average. */
const LOOKS_PER_REQUEST = 8

/** A receiver of answers. */
export interface Taker {
  /** Bytes waiting because the receiver did not read them; 0 while it keeps up. */
  readonly untakenBytes: number
  /** Resolves when the waiting bytes were read, or never will be. */
  taken(): Promise<void>
}

interface Waiting {
  readonly taker: Taker
  readonly bytes: number
  readonly begin: () => void
  readonly giveUp: () => void
}

interface Standing {
  /** Unread bytes at the last check. */
  untakenBytes: number
  /** Bytes of answers that are being read from the log or the store. */
  reservedBytes: number
  /** Requests that wait until bytes are read. */
  waiting: number
  /** True while a call to `taken` is pending. */
  isAwaited: boolean
  /** True for receivers that are kept until removed, even without unread bytes. */
  readonly isKept: boolean
}

/** The unread answers of one user or address. */
interface Account {
  readonly takers: Map<Taker, Standing>
  waiting: Waiting[]
  /** The sum over all receivers, each as of its last check. */
  untakenBytes: number
  reservedBytes: number
  /** Requests since all receivers were checked. */
  requests: number
}

/**
 * Serves receivers only as fast as they read: a request beyond the limit of a
 * user, or of an address for anonymous users, is read only after earlier answers
 * were taken.
 */
export class UnreadAnswers implements Pick<Feature, 'onEnded'> {
  readonly #maxBytes: number
  readonly #accounts = new Map<string, Account>()
  readonly #owners = new Map<Taker, string>()

  constructor(maxBytes = MAX_UNREAD_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** Users and addresses with unread answers or reads in progress. */
  get size(): number {
    return this.#accounts.size
  }

  /**
   * Resolves when an answer for a connection may be read, in the order of the
   * calls; refuses with `rate_limited` if too many wait or this one cannot wait.
   *
   * @param bytes the maximum size of the answer
   * @returns releases the reserved bytes once the answer is queued; idempotent
   */
  enter(connection: Connection, bytes: number): Promise<Result<() => void>> {
    const { outbox, transport } = connection
    const account = this.#register(ownerOf(connection), outbox, false)
    const waiting = account.takers.get(outbox)?.waiting ?? 0
    // Answers to a stream's requests are sent together, so none of them can wait for the others.
    const mayWait = transport.kind !== 'sse' && waiting < MAX_WAITING
    return this.#enter(account, outbox, bytes, mayWait)
  }

  /** Does the same for an answer to an address's request; `remove` ends it. */
  admit(address: string, taker: Taker, bytes: number): Promise<Result<() => void>> {
    const account = this.#register(accountOfAddress(address), taker, true)
    this.#look(account, taker)
    const isUnread = account.untakenBytes >= this.#maxBytes
    const mayWait = bytes > 0 && !isUnread && account.waiting.length < MAX_WAITING
    return this.#enter(account, taker, bytes, mayWait).then((entered) => {
      if (!entered.ok) this.remove(taker)
      return entered
    })
  }

  /** Counts collected answers that another response will send, until `remove`. */
  collect(connection: Connection, taker: Taker): void {
    this.#register(ownerOf(connection), taker, true)
  }

  /** Removes a receiver that gets no further answers. */
  remove(taker: Taker): void {
    const owner = this.#owners.get(taker)
    const account = this.#accountOf(taker)
    if (owner === undefined || !account) return
    this.#forget(account, taker)
    const gone = account.waiting.filter((each) => each.taker === taker)
    account.waiting = account.waiting.filter((each) => each.taker !== taker)
    if (account.takers.size === 0) this.#accounts.delete(owner)
    for (const { giveUp } of gone) giveUp()
    this.#proceed(account)
  }

  onEnded({ outbox }: Connection): void {
    this.remove(outbox)
  }

  #enter(
    account: Account,
    taker: Taker,
    bytes: number,
    mayWait: boolean,
  ): Promise<Result<() => void>> {
    this.#look(account, taker)
    if (account.waiting.length === 0 && this.#hasRoom(account, bytes)) {
      return Promise.resolve(ok(this.#reserve(account, taker, bytes)))
    }
    if (!mayWait) {
      return Promise.resolve(rateLimited('unread answers', RETRY_AFTER_MS))
    }
    const standing = account.takers.get(taker)
    if (standing) standing.waiting += 1
    return new Promise((resolve) => {
      const begin = (): void => {
        if (standing) standing.waiting -= 1
        resolve(ok(this.#reserve(account, taker, bytes)))
      }
      const giveUp = (): void => resolve(refuse('unavailable', 'the connection has ended'))
      account.waiting.push({ taker, bytes, begin, giveUp })
    })
  }

  #register(owner: string, taker: Taker, isKept: boolean): Account {
    // An anonymous user may have authenticated as another one.
    if (this.#owners.get(taker) !== owner) this.remove(taker)
    this.#owners.set(taker, owner)
    const account = this.#accounts.get(owner) ?? {
      takers: new Map(),
      waiting: [],
      untakenBytes: 0,
      reservedBytes: 0,
      requests: 0,
    }
    this.#accounts.set(owner, account)
    if (!account.takers.has(taker)) {
      account.takers.set(taker, {
        untakenBytes: 0,
        reservedBytes: 0,
        waiting: 0,
        isAwaited: false,
        isKept,
      })
    }
    return account
  }

  #reserve(account: Account, taker: Taker, bytes: number): () => void {
    const standing = account.takers.get(taker)
    if (!standing) return () => {}
    standing.reservedBytes += bytes
    account.reservedBytes += bytes
    let isReserved = true
    return () => {
      if (!isReserved) return
      isReserved = false
      if (account.takers.get(taker) === standing) {
        standing.reservedBytes -= bytes
        account.reservedBytes -= bytes
        this.#refresh(account, taker, standing)
      }
      this.#proceed(account)
    }
  }

  #accountOf(taker: Taker): Account | undefined {
    const owner = this.#owners.get(taker)
    return owner === undefined ? undefined : this.#accounts.get(owner)
  }

  #forget(account: Account, taker: Taker): void {
    const standing = account.takers.get(taker)
    if (standing) {
      account.untakenBytes -= standing.untakenBytes
      account.reservedBytes -= standing.reservedBytes
    }
    account.takers.delete(taker)
    this.#owners.delete(taker)
  }

  // A request of one receiver must not check all others behind the same address.
  #look(account: Account, taker: Taker): void {
    account.requests += 1
    if (account.requests * LOOKS_PER_REQUEST >= account.takers.size) {
      this.#lookAtAll(account, taker)
      return
    }
    const standing = account.takers.get(taker)
    if (standing) this.#refresh(account, taker, standing)
  }

  // Most receivers read at once: those with nothing waiting are removed.
  #lookAtAll(account: Account, except: Taker): void {
    account.requests = 0
    for (const [taker, standing] of account.takers) {
      this.#refresh(account, taker, standing)
      const { untakenBytes, reservedBytes, waiting, isKept } = standing
      const isIdle = untakenBytes === 0 && reservedBytes === 0 && waiting === 0
      if (isIdle && !isKept && taker !== except) this.#forget(account, taker)
    }
  }

  // Any receiver of the account may free budget.
  #refresh(account: Account, taker: Taker, standing: Standing): void {
    const { untakenBytes } = taker
    account.untakenBytes += untakenBytes - standing.untakenBytes
    standing.untakenBytes = untakenBytes
    if (untakenBytes === 0 || standing.isAwaited) return
    standing.isAwaited = true
    void taker.taken().then(() => {
      standing.isAwaited = false
      if (account.takers.get(taker) === standing) {
        account.untakenBytes -= standing.untakenBytes
        standing.untakenBytes = 0
      }
      this.#proceed(account)
    })
  }

  // Without unread bytes, any answer is allowed.
  #hasRoom({ untakenBytes, reservedBytes }: Account, bytes: number): boolean {
    const waiting = untakenBytes + reservedBytes
    return waiting === 0 || waiting + bytes <= this.#maxBytes
  }

  #proceed(account: Account): void {
    for (let next = account.waiting[0]; next; next = account.waiting[0]) {
      if (!this.#hasRoom(account, next.bytes)) return
      account.waiting.shift()
      next.begin()
    }
  }
}

function ownerOf({ id, principal, transport: { remoteAddress } }: Connection): string {
  return accountOf(principal, remoteAddress, `connection ${id}`)
}
