import { verifyWebhook } from '@coterie/server'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { AttackedHub, SERVER_KEY } from './attacked-hub.ts'
import { openSocket } from './socket-way.ts'
import { stillServes } from './still-serves.ts'
import { codeOf } from './way-in.ts'

/** What was compared in constant time, and what is answered where a test decides. */
const comparison = vi.hoisted(() => ({
  calls: [] as { a: Buffer; b: Buffer }[],
  verdict: undefined as boolean | undefined,
}))

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>()
  const timingSafeEqual = (a: Uint8Array, b: Uint8Array): boolean => {
    comparison.calls.push({ a: Buffer.from(a), b: Buffer.from(b) })
    return comparison.verdict ?? crypto.timingSafeEqual(a, b)
  }
  return { ...crypto, timingSafeEqual }
})

const PASSWORD = 'open sesame'
const WEBHOOK_SECRET = 'a secret for webhooks, long enough'
const DIGEST_BYTES = 32

/** Guesses of every kind: shorter, longer, nearly right, and of the same length. */
const guessesOf = (secret: string): string[] => [
  secret.slice(0, 1),
  secret.slice(0, -1),
  `${secret}x`,
  `${secret.slice(0, -1)}~`,
  `~${secret.slice(1)}`,
  'x'.repeat(secret.length),
  'x'.repeat(1_000),
]

/** Tries a secret, and says whether it was taken for the right one. */
type Try = (guess: string) => Promise<boolean>

let attacked: AttackedHub

beforeEach(async () => {
  attacked = await AttackedHub.start({
    channels: { 'room:*': {} },
    rooms: { declared: { password: PASSWORD } },
    limits: { roomPasswordsPerMinute: 1_000, failedAuthsPerMinute: 1_000 },
  })
  await attacked.hub.rooms.create('made', { password: PASSWORD, persist: true })
  comparison.calls.length = 0
  return async () => {
    comparison.verdict = undefined
    await stillServes(attacked)
  }
})

// A user of one's own, since wrong verdicts are to be about the password alone.
const enter = (channel: string) => async (): Promise<Try> => {
  const eve = await openSocket(attacked, attacked.tokenOf('eve'))
  return async (password) =>
    codeOf(await eve.ask({ type: 'subscribe', channel, password })) === 'ok'
}

const verify = (signature: string) =>
  verifyWebhook({
    secrets: [WEBHOOK_SECRET],
    headers: {
      'webhook-id': 'id',
      'webhook-timestamp': '1000',
      'webhook-signature': `v1,${Buffer.from(signature).toString('base64')}`,
    },
    body: 'body',
    nowMs: 1_000_000,
  }).ok

const DOORS: readonly (readonly [string, string, () => Promise<Try>])[] = [
  [
    'a server key',
    SERVER_KEY,
    async () => async (as) => (await attacked.rest('GET', 'connections', { as })).status === 200,
  ],
  ['the password of a declared room', PASSWORD, enter('room:declared')],
  ['the password of a room that was made', PASSWORD, enter('room:made')],
]

describe.each(DOORS)('%s', (_, secret, approach) => {
  it('is compared as a digest of one length, whatever is guessed', async () => {
    const tryIt = await approach()
    for (const guess of guessesOf(secret)) {
      comparison.calls.length = 0
      expect(await tryIt(guess)).toBe(false)
      expect(comparison.calls.length).toBeGreaterThan(0)
      for (const { a, b } of comparison.calls) {
        expect([a.length, b.length]).toEqual([DIGEST_BYTES, DIGEST_BYTES])
        for (const text of [secret, guess.padEnd(4, '\0')]) {
          expect(a.includes(text) || b.includes(text)).toBe(false)
        }
      }
    }
    expect(await tryIt(secret)).toBe(true)
  })

  it('is decided by that comparison alone', async () => {
    const tryIt = await approach()
    comparison.verdict = true
    expect(await tryIt('anything but the secret')).toBe(true)
    comparison.verdict = false
    expect(await tryIt(secret)).toBe(false)
  })
})

it('the signature of a webhook is decided by such a comparison', () => {
  const guesses = guessesOf('x'.repeat(DIGEST_BYTES))
  for (const guess of guesses) expect(verify(guess)).toBe(false)
  // Of another length it is no signature, which everybody may know.
  const sameLength = guesses.filter(({ length }) => length === DIGEST_BYTES).length
  expect(comparison.calls).toHaveLength(sameLength)
  for (const { a } of comparison.calls) expect(a.length).toBe(DIGEST_BYTES)
  comparison.verdict = true
  expect(verify('y'.repeat(DIGEST_BYTES))).toBe(true)
})

it('the session of a connection is decided by such a comparison', async () => {
  const ada = await openSocket(attacked, attacked.tokenOf('ada'))
  const read = async (session: string) => {
    const headers = { authorization: `Session ${session}` }
    return (await attacked.rest('GET', 'notifications', { headers })).status
  }
  const guess = `${ada.session.slice(0, -1)}~`
  comparison.calls.length = 0
  expect(await read(guess)).toBe(401)
  expect(comparison.calls).toHaveLength(1)
  comparison.verdict = true
  expect(await read(guess)).toBe(200)
  comparison.verdict = false
  expect(await read(ada.session)).toBe(401)
})
