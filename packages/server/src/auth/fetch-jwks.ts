import type { JSONWebKeySet } from 'jose'
import type { Clock } from '../ports/clock.ts'

/** How long fetching the keys may take, in ms. */
const TIMEOUT_MS = 5_000
const MAX_BYTES = 262_144

/** The `fetch` function of the web platform. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/**
 * Fetches a JSON Web Key Set. Follows no redirect: an attacker who can redirect
 * could supply keys.
 *
 * @throws {Error} when it is too slow, too large, or not a key set
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
    // Leaving the loop aborts the transfer.
    if (length > MAX_BYTES) throw new Error(`expected at most ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
