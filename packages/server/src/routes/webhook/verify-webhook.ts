import { timingSafeEqual } from 'node:crypto'
import {
  checkOption,
  checkOptionsObject,
  createOptionError,
  ok,
  type Result,
  refuse,
} from '@coterie/protocol'
import { webhookKeys } from './webhook-secret.ts'
import { type SignedWebhook, signWebhook } from './webhook-signature.ts'

const VERSION = 'v1,'
// More than anybody rotates; each costs one comparison.
const MAX_SIGNATURES = 20
const SECONDS = /^\d{1,12}$/
const EXPECTED_HEADERS =
  'the headers of the request, such as `request.headers`, or a list of [name, value]'

type Header = readonly [name: string, value: string | readonly string[] | null | undefined]

/** A webhook as a receiver got it. */
export interface ReceivedWebhook {
  /** All that are valid at once; `whsec_…` or raw. */
  readonly secrets: readonly string[]
  /** Those of the request, of `fetch`, of Node or of a gateway; names in any case. */
  readonly headers:
    | Iterable<readonly [name: string, value: string]>
    | Readonly<Record<string, string | readonly string[] | undefined>>
  /** The body as it came, before anything parsed it. */
  readonly body: string | Uint8Array
  /** Wall time in ms since 1970: `Date.now()`. */
  readonly nowMs: number
  /** How far the sender's clock may be from `nowMs`, in ms; what is older is a replay. @default 300_000 */
  readonly toleranceMs?: number | undefined
}

/** A webhook whose signature and time were verified. */
export interface VerifiedWebhook {
  /** The same for every attempt at one delivery: whoever keeps it handles each once. */
  readonly id: string
  readonly timestampMs: number
}

/**
 * Verifies that a webhook comes from who has the secret, unchanged and lately.
 * Refused with `unauthorized`, saying what is missing or wrong.
 *
 * @throws {TypeError} for a bad secret, and for any other option that is missing
 * or cannot be: what is not known must not let a webhook in
 * @example
 * const webhook = verifyWebhook({ secrets, headers: request.headers, body, nowMs: Date.now() })
 * if (!webhook.ok) return new Response(webhook.error.message, { status: 401 })
 */
export function verifyWebhook(received: ReceivedWebhook): Result<VerifiedWebhook> {
  checkOptionsObject('verifyWebhook', received)
  const keys = webhookKeys(received.secrets)
  const { headers, body, nowMs, toleranceMs = 300_000 } = received
  const entries = readHeaders(headers)
  checkBody(body)
  checkOption('nowMs', nowMs, isTimeSpan(nowMs), 'a time in ms since 1970, such as Date.now()')
  checkOption('toleranceMs', toleranceMs, isTimeSpan(toleranceMs), 'a number of ms from 0')
  const id = headerOf(entries, 'webhook-id')
  const timestamp = headerOf(entries, 'webhook-timestamp')
  const signatures = headerOf(entries, 'webhook-signature')
  if (!id || !timestamp || !signatures) {
    return refuse('unauthorized', 'webhook-id, webhook-timestamp and webhook-signature are needed')
  }
  if (!SECONDS.test(timestamp)) {
    return refuse('unauthorized', 'webhook-timestamp is in seconds since 1970')
  }
  const timestampSeconds = Number(timestamp)
  const timestampMs = timestampSeconds * 1_000
  if (Math.abs(nowMs - timestampMs) > toleranceMs) {
    return refuse('unauthorized', `webhook-timestamp is more than ${toleranceMs} ms from now`)
  }
  if (!isSigned({ id, timestampSeconds, body }, signatures, keys)) {
    return refuse('unauthorized', 'webhook-signature was not made with any of the secrets given')
  }
  return ok({ id, timestampMs })
}

function isSigned(webhook: SignedWebhook, signatures: string, keys: readonly Buffer[]): boolean {
  const expected = keys.map((key) => signWebhook(webhook, key))
  return signatures
    .split(' ', MAX_SIGNATURES)
    .filter((signature) => signature.startsWith(VERSION))
    .map((signature) => Buffer.from(signature.slice(VERSION.length), 'base64'))
    .some((given) =>
      expected.some((known) => known.length === given.length && timingSafeEqual(known, given)),
    )
}

function readHeaders(headers: unknown): readonly Header[] {
  const isGiven = typeof headers === 'object' && headers !== null
  checkOption('headers', headers, isGiven, EXPECTED_HEADERS)
  const isList = Symbol.iterator in (headers as object)
  const entries: unknown[] = isList
    ? [...(headers as Iterable<unknown>)]
    : Object.entries(headers as object)
  if (entries.every(isHeader)) return entries
  // Headers hold what is nobody's business, so none is shown.
  const isFlat = entries.some((entry) => typeof entry === 'string')
  const kind = isList ? 'a list of other values' : 'an object of other values'
  const shown = isFlat ? 'a flat list, as `rawHeaders` of Node is,' : kind
  throw createOptionError('headers', shown, EXPECTED_HEADERS)
}

function isHeader(entry: unknown): entry is Header {
  if (!Array.isArray(entry)) return false
  const [name, value] = entry as readonly unknown[]
  const values = Array.isArray(value) ? value : [value ?? '']
  return typeof name === 'string' && values.every((each) => typeof each === 'string')
}

function checkBody(body: unknown): void {
  const isBody = typeof body === 'string' || body instanceof Uint8Array
  const expected = 'the text or the bytes of the request, before anything parses them'
  checkOption('body', body, isBody, expected)
}

function isTimeSpan(ms: unknown): boolean {
  return Number.isFinite(ms) && (ms as number) >= 0
}

function headerOf(headers: readonly Header[], name: string): string | undefined {
  for (const [given, value] of headers) {
    if (given.toLowerCase() !== name) continue
    const values = typeof value === 'string' ? [value] : (value ?? [])
    // Of two that differ nobody knows which one was meant.
    return values.length === 1 ? values[0] : undefined
  }
  return undefined
}
