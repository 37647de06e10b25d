import { ok, type Result, refuse } from '@coterie/protocol'
import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type LocalJWKSet,
} from 'jose'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { type Fetch, fetchJwks } from './fetch-jwks.ts'
import type { PublicKeyAlgorithm } from './token-key.ts'

/** Keys that were last fetched longer ago are no longer used, in ms. */
const MAX_AGE_MS = 600_000
/** Keys older than this are fetched again while they are still used, in ms. */
const REFRESH_AGE_MS = 300_000
/** Least time between fetches for an unverified token or ageing keys, in ms. */
const MIN_INTERVAL_MS = 30_000
/** Least time between fetches while there are no keys, in ms. */
const RETRY_INTERVAL_MS = 5_000
/** Keys tried for one token if several fit equally well. */
const MAX_TRIED_KEYS = 4

/** The parts that fetching keys needs. */
export interface JwksParts {
  readonly url: string
  readonly fetch: Fetch
  readonly clock: Clock
  readonly logger: Logger
}

/** A token's unverified claims about its key, used only to find the key. */
export interface KeyHint {
  readonly alg: PublicKeyAlgorithm
  readonly kid: string | undefined
}

/** Verifies a token by one key; undefined if another key signed it. */
export type VerifyBy<T> = (key: CryptoKey) => Promise<T | undefined>

/** All keys that an issuer published, and those with a key id. */
interface PublishedKeys {
  readonly all: LocalJWKSet
  readonly named: LocalJWKSet
}

/** The keys that an issuer publishes at one URL, as last fetched. */
export class JwksKeys {
  readonly #parts: JwksParts
  #keys: PublishedKeys | undefined
  #loadedAtMs = 0
  #askedAtMs = Number.NEGATIVE_INFINITY
  #hasFailed = false
  #loading: Promise<void> | undefined

  constructor(parts: JwksParts) {
    this.#parts = parts
  }

  /**
   * Verifies a token by the keys that fit it; undefined if none of them signed it.
   * Refuses with `unavailable` if the issuer cannot be reached.
   */
  async verify<T>(hint: KeyHint, verifyBy: VerifyBy<T>): Promise<Result<T | undefined>> {
    if (!this.#areGood()) {
      if (this.#mayAsk(RETRY_INTERVAL_MS)) await this.load()
      if (!this.#areGood()) return refuseUnknown()
    } else if (this.#ageMs() > REFRESH_AGE_MS && this.#mayAsk(MIN_INTERVAL_MS)) {
      void this.load()
    }
    const tried = this.#keys
    const verified = await tryKeys(tried, hint, verifyBy)
    if (verified !== undefined) return ok(verified)
    // An issuer may replace a key under the same id, or sign before caches have the new key.
    if (this.#keys === tried && this.#mayAsk(MIN_INTERVAL_MS)) await this.load()
    if (this.#keys === tried) return this.#hasFailed ? refuseUnknown() : ok(undefined)
    return ok(await tryKeys(this.#keys, hint, verifyBy))
  }

  /** Fetches the keys; concurrent callers share one fetch. Never throws. */
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
      this.#keys = readKeys(await fetchJwks(url, fetch, clock))
      this.#loadedAtMs = clock.elapsed()
      this.#hasFailed = false
    } catch (error) {
      this.#hasFailed = true
      logger.warn(
        { url: withoutQuery(url), error },
        'the keys of the token issuer could not be fetched',
      )
    }
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

function readKeys(published: JSONWebKeySet): PublishedKeys {
  const all = createLocalJWKSet(published)
  const keys = published.keys.filter(({ kid }) => kid !== undefined)
  return { all, named: createLocalJWKSet({ keys }) }
}

async function tryKeys<T>(
  keys: PublishedKeys | undefined,
  hint: KeyHint,
  verifyBy: VerifyBy<T>,
): Promise<T | undefined> {
  for (const key of await fittingKeys(keys, hint)) {
    const verified = await verifyBy(key)
    if (verified !== undefined) return verified
  }
  return undefined
}

// An issuer with several named keys also names the key in its tokens.
async function fittingKeys(
  keys: PublishedKeys | undefined,
  hint: KeyHint,
): Promise<readonly CryptoKey[]> {
  if (!keys) return []
  const fitting = await pick(keys.all, hint)
  const isAmbiguous = fitting.length > 1 && hint.kid === undefined
  return isAmbiguous && (await pick(keys.named, hint)).length > 0 ? [] : fitting
}

async function pick(keys: LocalJWKSet, hint: KeyHint): Promise<readonly CryptoKey[]> {
  try {
    return [await keys({ ...hint })]
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return []
    const several: CryptoKey[] = []
    for await (const key of error) {
      if (several.push(key) === MAX_TRIED_KEYS) break
    }
    return several
  }
}

function refuseUnknown(): ReturnType<typeof refuse> {
  return refuse('unavailable', 'the token cannot be verified now; try again')
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
