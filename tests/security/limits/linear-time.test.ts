import {
  decodeClientFrame,
  isChannelName,
  isChannelPattern,
  parsePosition,
  patternCovers,
  splitJsonArray,
  TopicMatcher,
} from '@coterie/protocol'
import { expect, it } from 'vitest'
import { createJwtAuthenticator } from '../../../packages/server/src/auth/jwt-authenticator.ts'
import { resolveConfig } from '../../../packages/server/src/config/config.ts'
import { compileFilter } from '../../../packages/server/src/features/subscriptions/filter.ts'
import { ClientAddresses } from '../../../packages/server/src/http/client-address.ts'
import { readToken } from '../../../packages/server/src/http/handshake.ts'
import { silentLogger } from '../../../packages/server/src/ports/logger.ts'
import { systemClock } from '../../../packages/server/src/system/system-clock.ts'
import { systemRandom } from '../../../packages/server/src/system/system-random.ts'
import { startAttacked } from './attacked-server.ts'

const SMALL = 10_000
const TIMES = 10
/** Squares cost 100 times as much for 10 times the input, lines 10 times. */
const MAX_FACTOR = 45
/** What takes less CPU is lost in the noise of garbage collection, in ms. */
const NEGLIGIBLE_MS = 20

type Attack = (length: number) => unknown

/**
 * Returns the least CPU time of five runs, in ms.
 *
 * Not the time of the clock: that also counts what other processes take of a busy machine.
 */
async function costOf(attack: Attack, length: number): Promise<number> {
  let leastMs = Number.POSITIVE_INFINITY
  for (let n = 0; n < 5; n += 1) {
    const before = process.cpuUsage()
    await attack(length)
    const { user, system } = process.cpuUsage(before)
    leastMs = Math.min(leastMs, (user + system) / 1_000)
  }
  return leastMs
}

async function expectLinear(attack: Attack): Promise<void> {
  const smallMs = await costOf(attack, SMALL)
  const largeMs = await costOf(attack, SMALL * TIMES)
  expect(largeMs).toBeLessThan(Math.max(NEGLIGIBLE_MS, smallMs * MAX_FACTOR))
}

const matcher = new TopicMatcher()
for (let n = 0; n < 50; n += 1) matcher.subscribe(`${'*:'.repeat(n)}#`, `${n}`)

const authenticator = createJwtAuthenticator(resolveConfig({ jwtSecret: 'a'.repeat(32) }).jwt, {
  clock: systemClock,
  random: systemRandom,
  logger: silentLogger,
} as Parameters<typeof createJwtAuthenticator>[1])

const proxies = new ClientAddresses(['0.0.0.0/0'], silentLogger)
const addressOf = (forwardedFor: string): unknown =>
  proxies.of({
    socket: { remoteAddress: '127.0.0.1' },
    headers: { 'x-forwarded-for': forwardedFor },
  } as unknown as Parameters<ClientAddresses['of']>[0])

const headers = (more: Record<string, string>): unknown =>
  readToken({ host: 'a.example', 'sec-fetch-site': 'same-origin', ...more }, [])

const ATTACKS: [string, Attack][] = [
  ['a name of many letters', (n) => isChannelName(`${'a'.repeat(n)}!`)],
  ['a name of many segments', (n) => isChannelName(`${'a:'.repeat(n)}!`)],
  ['a pattern of many stars', (n) => isChannelPattern(`${'*:'.repeat(n)}!`)],
  [
    'patterns that nearly cover one another',
    (n) => patternCovers(`${'*:'.repeat(n)}b`, `${'a:'.repeat(n)}c`),
  ],
  ['a name that many patterns match', (n) => matcher.matchTopic(`${'a:'.repeat(n)}a`)],
  ['a position', (n) => parsePosition(`${'a'.repeat(n)}:${'1'.repeat(n)}!`)],
  ['a frame of open brackets', (n) => decodeClientFrame('['.repeat(n), 32)],
  ['a frame of open objects', (n) => decodeClientFrame('{"a":'.repeat(n), 32)],
  ['a frame of quotes', (n) => decodeClientFrame('"'.repeat(n), 32)],
  ['a frame of backslashes', (n) => decodeClientFrame(`{"payload":"${'\\'.repeat(n)}`, 32)],
  [
    'a frame of escaped keys',
    (n) => decodeClientFrame(`{${'"\\u0070ayload":1,'.repeat(n)}"a":1}`, 32),
  ],
  ['a frame of a number', (n) => decodeClientFrame(`{"type":"ping","a":${'9'.repeat(n)}}`, 32)],
  [
    'a frame of spaces',
    (n) => decodeClientFrame(`{"payload":${' '.repeat(n)}1${' '.repeat(n)}x}`, 32),
  ],
  [
    'a channel in a frame',
    (n) => decodeClientFrame(JSON.stringify({ type: 'subscribe', channel: 'a:'.repeat(n) }), 32),
  ],
  ['a batch of commas', (n) => splitJsonArray(`[${','.repeat(n)}]`)],
  ['a batch of quotes', (n) => splitJsonArray(`[${'"'.repeat(n)}]`)],
  ['a batch of spaces', (n) => splitJsonArray(`${' '.repeat(n)}[${' '.repeat(n)}x`)],
  ['a header of spaces', (n) => headers({ authorization: `Bearer ${' '.repeat(n)}` })],
  ['a header of words', (n) => headers({ authorization: `Bearer ${'a '.repeat(n)}` })],
  ['a header of nearly bearers', (n) => headers({ authorization: 'Bearer'.repeat(n) })],
  ['a cookie of semicolons', (n) => headers({ cookie: ';'.repeat(n) })],
  ['a cookie of spaces', (n) => headers({ cookie: `${' '.repeat(n)}=${' '.repeat(n)};` })],
  ['many cookies of one name', (n) => headers({ cookie: 'coterie_tokens=a; '.repeat(n) })],
  ['a token of dots', (n) => authenticator.authenticate('.'.repeat(n))],
  ['a token of one long part', (n) => authenticator.authenticate('a'.repeat(n))],
  [
    'a token of three long parts',
    (n) => authenticator.authenticate(Array(3).fill('e'.repeat(n)).join('.')),
  ],
  [
    'a token of a long head',
    (n) =>
      authenticator.authenticate(
        `${Buffer.from(JSON.stringify({ alg: 'a'.repeat(n) })).toString('base64url')}.e30.x`,
      ),
  ],
  ['forwarded commas', (n) => addressOf(','.repeat(n))],
  ['forwarded addresses', (n) => addressOf('10.0.0.1,'.repeat(n).slice(0, -1))],
  ['a forwarded address of colons', (n) => addressOf(':'.repeat(n))],
  ['a forwarded address of digits', (n) => addressOf('1'.repeat(n))],
  [
    'a filter of many fields',
    (n) => compileFilter(Object.fromEntries(Array.from({ length: n }, (_, k) => [`a${k}`, k]))),
  ],
  ['a filter of a long path', (n) => compileFilter({ [`${'a.'.repeat(n)}a`]: 1 })],
  [
    'a filter of a long list',
    (n) => compileFilter({ a: { $in: Array.from({ length: n }, (_, k) => k) } }),
  ],
  [
    'a filter of many ors',
    (n) => compileFilter({ $or: Array.from({ length: n }, (_, k) => ({ a: k })) }),
  ],
]

it.each(ATTACKS)('%s costs no more than it is long', async (_, attack) => {
  await expectLinear(attack)
})

it('tells a square from a line', async () => {
  const square: Attack = (n) => {
    let count = 0
    for (let a = 0; a < n / 10; a += 1) for (let b = 0; b < n / 10; b += 1) count += b % 3
    return count
  }
  const smallMs = await costOf(square, SMALL)
  const largeMs = await costOf(square, SMALL * TIMES)
  expect(largeMs).toBeGreaterThan(Math.max(NEGLIGIBLE_MS, smallMs * MAX_FACTOR))
})

it.each([
  ['channels', `/events?channels=${'a:,'.repeat(4_000)}`],
  ['one long channel', `/events?channels=${'a:'.repeat(6_000)}`],
  ['escapes', `/events?channels=${'%'.repeat(10_000)}`],
  ['positions', `/events?channels=room:1&since=${'-,'.repeat(6_000)}`],
  ['parameters', `/events?${'a&'.repeat(6_000)}channels=room:1`],
  ['a cursor', `/notifications?cursor=${'a'.repeat(12_000)}`],
  ['a number', `/notifications?page=${'9'.repeat(12_000)}`],
  ['levels', `/channels/${'%2F'.repeat(4_000)}`],
])('is as quick with a query of %s as with any', async (_, path) => {
  const { url } = await startAttacked()
  const ask = async (target: string): Promise<void> => {
    const abort = new AbortController()
    const options = { headers: { authorization: 'Bearer ada' }, signal: abort.signal }
    await fetch(`${url}${target}`, options)
    abort.abort()
  }
  const plainMs = await costOf(() => ask('/notifications'), 1)
  const attackMs = await costOf(() => ask(path), 1)
  expect(attackMs).toBeLessThan(Math.max(100, plainMs * MAX_FACTOR))
})
