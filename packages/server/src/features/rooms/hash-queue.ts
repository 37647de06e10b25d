import { ok, type Result, refuse } from '@coterie/protocol'
import type { RefusalFigures } from '../../core/limits/refusal-figures.ts'

/** Hashes that may wait, for all together. */
const MAX_WAITING = 32
/** Hashes that may wait for one who asks for them. */
const MAX_WAITING_OF_ONE = 16
/** After this a place is likely to be free, in ms. */
const RETRY_AFTER_MS = 1_000

type Job = () => Promise<void>

/**
 * Runs hashes a few at a time, in turns for those who ask for them.
 *
 * A hash is made to be slow, and takes a thread that verifying tokens, files
 * and names need as well. So only a few run, and whoever asks for many waits
 * for their own.
 */
export class HashQueue {
  readonly #concurrent: number
  readonly #figures: RefusalFigures
  /** Waiting hashes, by caller; the first caller is next. */
  readonly #waiting = new Map<string, Job[]>()
  #waitingCount = 0
  #running = 0

  /** @param concurrent hashes that run at once */
  constructor(concurrent: number, figures: RefusalFigures) {
    this.#concurrent = concurrent
    this.#figures = figures
  }

  /** Runs a hash when it is its turn; refuses with `unavailable` where too many wait. */
  async run<T>(owner: string, hash: () => Promise<T>): Promise<Result<T>> {
    const ofOwner = this.#waiting.get(owner)?.length ?? 0
    if (this.#waitingCount >= MAX_WAITING || ofOwner >= MAX_WAITING_OF_ONE) {
      this.#figures.passwordHashes += 1
      return refuse('unavailable', 'too many passwords are being checked; try again', {
        details: {
          retry_after_ms: RETRY_AFTER_MS,
        },
      })
    }
    return ok(await this.#enqueue(owner, hash))
  }

  /** Runs a hash of the application's own, which may wait as long as it likes. */
  runOwn<T>(hash: () => Promise<T>): Promise<T> {
    return this.#enqueue('', hash)
  }

  #enqueue<T>(owner: string, hash: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const jobs = this.#waiting.get(owner) ?? []
    jobs.push(() => hash().then(resolve, reject))
    this.#waiting.set(owner, jobs)
    this.#waitingCount += 1
    this.#startNext()
    return promise
  }

  #startNext(): void {
    const [next] = this.#waiting
    if (!next || this.#running >= this.#concurrent) return
    const [owner, jobs] = next
    const job = jobs.shift()
    this.#waiting.delete(owner)
    if (jobs.length > 0) this.#waiting.set(owner, jobs)
    this.#waitingCount -= 1
    this.#running += 1
    void job?.().finally(() => {
      this.#running -= 1
      this.#startNext()
    })
  }
}
