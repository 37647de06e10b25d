import { expect, it } from 'vitest'
import { type ReceivedWebhook, verifyWebhook } from './verify-webhook.ts'
import { webhookKeys } from './webhook-secret.ts'
import { webhookHeaders } from './webhook-signature.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const other = 'another secret of more than 24 bytes'
const SENT_MS = 1_614_265_330_000
const body = '{"test": 2432232314}'

function headersBy(...secrets: string[]): Record<string, string> {
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
  return webhookHeaders({ id, timestampSeconds: SENT_MS / 1_000, body }, webhookKeys(secrets))
}

function verify(change: Partial<ReceivedWebhook> = {}) {
  return verifyWebhook({
    secrets: [secret],
    headers: headersBy(secret),
    body,
    nowMs: SENT_MS,
    ...change,
  })
}

it('signs as the libraries of Standard Webhooks do', () => {
  expect(headersBy(secret)).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

it('takes what was signed, with headers of fetch or of Node, and a body as text or bytes', () => {
  const verified = { ok: true, value: { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestampMs: SENT_MS } }
  expect(verify()).toEqual(verified)
  expect(verify({ headers: new Headers(headersBy(secret)) })).toEqual(verified)
  expect(verify({ body: Buffer.from(body) })).toEqual(verified)
})

it('takes either secret while one replaces the other, on both sides', () => {
  expect(verify({ headers: headersBy(other, secret) }).ok).toBe(true)
  expect(verify({ secrets: [other, secret] }).ok).toBe(true)
  expect(verify({ secrets: [other] }).ok).toBe(false)
})

it.each<[string, Partial<ReceivedWebhook>, string]>([
  ['another body', { body: `${body} ` }, 'signature'],
  ['another id', { headers: { ...headersBy(secret), 'webhook-id': 'msg_2' } }, 'signature'],
  [
    'another time',
    { headers: { ...headersBy(secret), 'webhook-timestamp': '1614265331' } },
    'signature',
  ],
  [
    'another version of signatures',
    {
      headers: {
        ...headersBy(secret),
        'webhook-signature': 'v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      },
    },
    'signature',
  ],
  [
    'half a signature',
    { headers: { ...headersBy(secret), 'webhook-signature': 'v1,g0hM' } },
    'sig',
  ],
  ['no signature', { headers: { ...headersBy(secret), 'webhook-signature': '' } }, 'needed'],
  ['no headers', { headers: {} }, 'needed'],
  [
    'a time that is none',
    { headers: { ...headersBy(secret), 'webhook-timestamp': '1e9' } },
    'seconds',
  ],
  ['a replay', { nowMs: SENT_MS + 300_001 }, '300000 ms from now'],
  ['a time to come', { nowMs: SENT_MS - 300_001 }, '300000 ms from now'],
  ['what is older than is tolerated', { nowMs: SENT_MS + 2, toleranceMs: 1 }, '1 ms from now'],
])('refuses %s', (_, change, message) => {
  expect(verify(change)).toMatchObject({
    ok: false,
    error: { code: 'unauthorized', message: expect.stringContaining(message) },
  })
})

it('takes what is as old as is tolerated', () => {
  expect(verify({ nowMs: SENT_MS + 300_000 }).ok).toBe(true)
})

it('finds the signature that fits among foreign ones, and reads no endless list', () => {
  const [good = ''] = Object.values(headersBy(secret)).slice(-1)
  const bad = `v1,${Buffer.alloc(32).toString('base64')}`
  const verifyList = (list: string[]) =>
    verify({ headers: { ...headersBy(secret), 'webhook-signature': list.join(' ') } }).ok
  expect(verifyList(['v2,x', bad, good])).toBe(true)
  expect(verifyList([...Array.from({ length: 1_000 }, () => bad), good])).toBe(false)
})

it.each([
  [[], 'at least one secret'],
  [['short'], 'at least 24 bytes, not 5'],
  [['whsec_c2hvcnQ='], 'at least 24 bytes, not 5'],
  [['whsec_not base64 at all, but long enough'], 'base64 after "whsec_"'],
])('throws for secrets that protect nothing: %o', (secrets, message) => {
  expect(() => verify({ secrets })).toThrow(message)
})

it.each(['Webhook-Id', 'WEBHOOK-ID', 'webhook-id'])(
  'finds headers that are spelled %s',
  (first) => {
    const spell = (name: string): string =>
      first === 'Webhook-Id'
        ? name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase())
        : first === 'WEBHOOK-ID'
          ? name.toUpperCase()
          : name
    const entries = Object.entries(headersBy(secret)).map(
      ([name, value]) => [spell(name), value] as const,
    )
    expect(verify({ headers: Object.fromEntries(entries) }).ok).toBe(true)
    expect(verify({ headers: new Map(entries) }).ok).toBe(true)
    expect(verify({ headers: entries }).ok).toBe(true)
    const lists = entries.map(([name, value]) => [name, [value]] as const)
    expect(verify({ headers: Object.fromEntries(lists) }).ok).toBe(true)
  },
)

it('takes no header that came twice', () => {
  const headers = headersBy(secret)
  const id = headers['webhook-id'] ?? ''
  expect(verify({ headers: { ...headers, 'webhook-id': [id, 'msg_2'] } }).ok).toBe(false)
})

const YEAR_MS = 365 * 86_400_000
const NONSENSE = [Number.NaN, Number.POSITIVE_INFINITY, -1, '300000', null, {}, 300_000n]

it.each(NONSENSE)('lets no replay in by a tolerance of %s', (toleranceMs) => {
  const change = { nowMs: SENT_MS + YEAR_MS, toleranceMs } as Partial<ReceivedWebhook>
  expect(() => verify(change)).toThrow(/^toleranceMs: .+ is not allowed; expected a number of ms/)
})

it.each([undefined, ...NONSENSE])('lets no replay in where now is %s', (nowMs) => {
  const change = { nowMs } as Partial<ReceivedWebhook>
  expect(() => verify(change)).toThrow(
    /^nowMs: .+ is not allowed; expected a time in ms since 1970/,
  )
})

it.each<[string, object, RegExp]>([
  ['a body that was parsed', { body: { test: 1 } }, /^body: \{"test":1\} is not allowed; expected/],
  ['no body', { body: undefined }, /^body: undefined is not allowed; expected the text or the/],
  ['no headers', { headers: undefined }, /^headers: undefined is not allowed; expected/],
  [
    'one secret for a list',
    { secrets: secret },
    /^secrets: string is not allowed; expected a list/,
  ],
  ['secrets of other kinds', { secrets: [1] }, /^secrets: a list of other values is not allowed/],
])('throws for %s', (_, change, message) => {
  expect(() => verify(change)).toThrow(message)
})

const flat = Object.entries(headersBy(secret)).flat()

it.each<[string, unknown, RegExp]>([
  ['rawHeaders of Node', flat, /a flat list, as `rawHeaders` of Node is, is not allowed/],
  ['a flat list with an empty value', ['Host', '', ...flat], /a flat list/],
  ['a set of names', new Set(flat), /a flat list/],
  ['a list of nothing', [undefined], /a list of other values/],
  ['entries without a name', [[]], /a list of other values/],
  ['names of other kinds', new Map([[1, 'x']]), /a list of other values/],
  ['values of other kinds', { 'webhook-id': 5 }, /an object of other values/],
  [
    'lists of other kinds',
    { ...headersBy(secret), 'webhook-signature': [5] },
    /an object of other/,
  ],
])('names the headers where they are %s', (_, headers, message) => {
  const given = { headers } as Partial<ReceivedWebhook>
  expect(() => verify(given)).toThrow(message)
  expect(() => verify(given)).toThrow(/^headers: .+ expected the headers of the request, such as/)
})

it('reads headers that can be read once', () => {
  const entries = Object.entries(headersBy(secret))
  expect(verify({ headers: entries.values() }).ok).toBe(true)
})

it('throws where nothing is given', () => {
  expect(() => verifyWebhook(undefined as never)).toThrow(
    /^verifyWebhook: undefined is not allowed/,
  )
})
