import { ok, type Result, refuse } from '@coterie/protocol'
import { type CryptoKey, createLocalJWKSet, type LocalJWKSet } from 'jose'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { type Fetch, fetchJwks } from './fetch-jwks.ts'
import type { PublicKeyAlgorithm } from './token-key.ts'

/** Keys that were not fetched anew within this time count no more, in ms. */
const MAX_AGE_MS = 600_000
/** Keys older than this are fetched anew while they still count, in ms. */
const REFRESH_AGE_MS = 300_000
/** Between two fetches because of a key that is not known, or because keys grow old, in ms. */
const MIN_INTERVAL_MS = 30_000
/** Between two fetches while there are no keys at all, in ms. */
const RETRY_INTERVAL_MS = 5_000

/** What keys from elsewhere need. */
export interface JwksParts {
  readonly url: string
  readonly fetch: Fetch
  readonly clock: Clock
  readonly logger: Logger
}

/** What a token says of its key, which is believed only as far as it finds one. */
export interface KeyHint {
  readonly alg: PublicKeyAlgorithm
  readonly kid: string | undefined
}

/** The keys that an issuer publishes at one URL, as this node last saw them. */
export class JwksKeys {
  readonly #parts: JwksParts
  #keys: LocalJWKSet | undefined
  #loadedAtMs = 0
  #askedAtMs = Number.NEGATIVE_INFINITY
  #hasFailed = false
  #loading: Promise<void> | undefined

  constructor(parts: JwksParts) {
    this.#parts = parts
  }

  /**
   * Finds the key that a token was signed with; undefined where the issuer has
   * no such key. Refuses with `unavailable` where the issuer cannot be asked.
   */
  async find(hint: KeyHint): Promise<Result<CryptoKey | undefined>> {
    if (!this.#areGood()) {
      if (this.#mayAsk(RETRY_INTERVAL_MS)) await this.load()
      if (!this.#areGood()) return refuseUnknown()
    } else if (this.#ageMs() > REFRESH_AGE_MS && this.#mayAsk(MIN_INTERVAL_MS)) {
      void this.load()
    }
    const known = await this.#pick(hint)
    // Whoever rotates publishes the new key before signing with it, but caches are in between.
    if (known || !this.#mayAsk(MIN_INTERVAL_MS)) return this.#answer(known)
    await this.load()
    return this.#answer(await this.#pick(hint))
  }

  /** Fetches the keys anew; those who ask meanwhile wait for the same answer. Never throws. */
  load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #load(): Promise<void> {
    const { url, fetch, clock, logger } = this.#parts
    this.#askedAtMs = clock.elapsed()
    try {
      this.#keys = createLocalJWKSet(await fetchJwks(url, fetch, clock))
      this.#loadedAtMs = clock.elapsed()
      this.#hasFailed = false
    } catch (error) {
      this.#hasFailed = true
      logger.warn({ url: withoutQuery(url), error }, 'the keys of the token issuer did not come')
    }
  }

  // Undefined also where two keys would fit: who signs with several names the one.
  async #pick(hint: KeyHint): Promise<CryptoKey | undefined> {
    try {
      return await this.#keys?.({ ...hint })
    } catch {
      return undefined
    }
  }

  #answer(key: CryptoKey | undefined): Result<CryptoKey | undefined> {
    return key || !this.#hasFailed ? ok(key) : refuseUnknown()
  }

  #mayAsk(intervalMs: number): boolean {
    const sinceMs = this.#parts.clock.elapsed() - this.#askedAtMs
    return this.#loading !== undefined || sinceMs >= intervalMs
  }

  #areGood(): boolean {
    return this.#keys !== undefined && this.#ageMs() < MAX_AGE_MS
  }

  #ageMs(): number {
    return this.#parts.clock.elapsed() - this.#loadedAtMs
  }
}

function refuseUnknown(): ReturnType<typeof refuse> {
  return refuse('unavailable', 'the token cannot be verified now; try again')
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
