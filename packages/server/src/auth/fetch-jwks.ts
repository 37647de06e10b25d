import type { JSONWebKeySet } from 'jose'
import type { Clock } from '../ports/clock.ts'

/** How long the keys may take to come, in ms. */
const TIMEOUT_MS = 5_000
const MAX_BYTES = 262_144

/** Gets something over HTTP, as the web platform does. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/**
 * Fetches a set of keys. Follows no redirect: who can make one could point to
 * keys of their own.
 *
 * @throws {Error} when it does not come in time, is too large, or is none
 */
export async function fetchJwks(url: string, fetch: Fetch, clock: Clock): Promise<JSONWebKeySet> {
  const abort = new AbortController()
  const cancel = clock.setTimer(() => {
    abort.abort(new Error(`no answer within ${TIMEOUT_MS} ms`))
  }, TIMEOUT_MS)
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      signal: abort.signal,
      headers: { accept: 'application/jwk-set+json, application/json' },
    })
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new Error(`expected status 200, got ${response.status}`)
    }
    return JSON.parse(await readText(response)) as JSONWebKeySet
  } finally {
    cancel()
  }
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.length
    // Leaving the loop ends the transfer.
    if (length > MAX_BYTES) throw new Error(`expected at most ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
