import { ok, type Result, refuse } from '@coterie/protocol'
import type { Connection } from '../connection.ts'
import type { Feature } from '../feature.ts'
import { accountOf, accountOfAddress } from './account.ts'
import { rateLimited } from './rate-limiter.ts'

/** Bytes that may wait for all connections of a user, or of an address. */
export const MAX_UNREAD_BYTES = 16 * 1_048_576
/** Requests of one connection, or one address by HTTP, that wait at most; more are refused. */
const MAX_WAITING = 512
const RETRY_AFTER_MS = 1_000
/** Takers that are looked at for one request, on the average of many. */
const LOOKS_PER_REQUEST = 8

/** Somebody whom answers are written to. */
export interface Taker {
  /** Bytes that wait because they were not taken; 0 while all is taken at once. */
  readonly untakenBytes: number
  /** Resolves when what waits was taken, or never will be. */
  taken(): Promise<void>
}

interface Waiting {
  readonly taker: Taker
  readonly bytes: number
  readonly begin: () => void
  readonly giveUp: () => void
}

interface Standing {
  /** Bytes that waited when it was last looked at. */
  untakenBytes: number
  /** Bytes of answers that are being read. */
  reservedBytes: number
  /** Requests that wait until something is taken. */
  waiting: number
  /** True while it is awaited that something is taken. */
  isAwaited: boolean
  /** True for those who are counted until they are removed, though nothing may wait now. */
  readonly isKept: boolean
}

/** What waits for one user or address. */
interface Account {
  readonly takers: Map<Taker, Standing>
  waiting: Waiting[]
  /** The sums of all takers, as they were when each was last looked at. */
  untakenBytes: number
  reservedBytes: number
  /** Requests since all takers were looked at. */
  requests: number
}

/**
 * Serves whoever takes the answers: what one asks for beyond what may wait for
 * a user, or for an address where users are anonymous, is read only when
 * something of it was taken.
 */
export class UnreadAnswers implements Pick<Feature, 'onEnded'> {
  readonly #maxBytes: number
  readonly #accounts = new Map<string, Account>()
  readonly #owners = new Map<Taker, string>()

  constructor(maxBytes = MAX_UNREAD_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** Users and addresses for whom something is read or waits. */
  get size(): number {
    return this.#accounts.size
  }

  /**
   * Resolves when an answer may be read for a connection, in the order of the
   * calls; refuses with `rate_limited` where too many wait, or one cannot wait.
   *
   * @param bytes what the answer may have at most
   * @returns releases its room, once the answer is queued; idempotent
   */
  enter(connection: Connection, bytes: number): Promise<Result<() => void>> {
    const { outbox, transport } = connection
    const account = this.#register(ownerOf(connection), outbox, false)
    const waiting = account.takers.get(outbox)?.waiting ?? 0
    // Requests of a stream are answered together: none of them can wait for the others.
    const mayWait = transport.kind !== 'sse' && waiting < MAX_WAITING
    return this.#enter(account, outbox, bytes, mayWait)
  }

  /** The same for an answer to a request of an address; `remove` ends it. */
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

  /** Counts what is collected for a connection to be sent by other means, until it is removed. */
  collect(connection: Connection, taker: Taker): void {
    this.#register(ownerOf(connection), taker, true)
  }

  /** Forgets somebody to whom nothing more is written. */
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
    // An anonymous user may turn out to be somebody.
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

  // A crowd behind one address must not be looked through for each request of one of them.
  #look(account: Account, taker: Taker): void {
    account.requests += 1
    if (account.requests * LOOKS_PER_REQUEST >= account.takers.size) {
      this.#lookAtAll(account, taker)
      return
    }
    const standing = account.takers.get(taker)
    if (standing) this.#refresh(account, taker, standing)
  }

  // Most take what they get at once: whoever has nothing is forgotten.
  #lookAtAll(account: Account, except: Taker): void {
    account.requests = 0
    for (const [taker, standing] of account.takers) {
      this.#refresh(account, taker, standing)
      const { untakenBytes, reservedBytes, waiting, isKept } = standing
      const isIdle = untakenBytes === 0 && reservedBytes === 0 && waiting === 0
      if (isIdle && !isKept && taker !== except) this.#forget(account, taker)
    }
  }

  // Any of the account's takers may make room.
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

  // Whoever has nothing to take may ask for anything.
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
