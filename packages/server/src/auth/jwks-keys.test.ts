import { FakeClock } from '@coterie/testing'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../ports/logger.ts'
import { JwtAuthenticator } from './jwt-authenticator.ts'
import { type JwtSettings, resolveJwt } from './jwt-options.ts'

const URL_OF_KEYS = 'https://id.example/keys?of=us'
const KINDS = ['RS256', 'ES256', 'EdDSA'] as const

interface Pair {
  readonly alg: string
  readonly jwk: object
  readonly sign: (claims?: object, header?: object) => Promise<string>
}

let clock: FakeClock
let asked: number
let answer: () => Response | Promise<Response>
const pairs = new Map<string, Pair>()
const pair = (name: string): Pair => pairs.get(name) as Pair

async function makePair(alg: string, kid: string | undefined): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  return {
    alg,
    jwk: { ...(await exportJWK(publicKey)), ...(kid !== undefined && { kid }) },
    sign: (claims = {}, header = {}) =>
      new SignJWT({ sub: 'ada', exp: clock.now() / 1_000 + 86_400, ...claims })
        .setProtectedHeader({ alg, ...(kid !== undefined && { kid }), ...header })
        .sign(privateKey),
  }
}

beforeAll(async () => {
  for (const alg of KINDS) pairs.set(alg, await makePair(alg, alg))
  pairs.set('new', await makePair('ES256', 'new'))
  pairs.set('nameless', await makePair('ES256', undefined))
})

beforeEach(() => {
  clock = new FakeClock()
  asked = 0
  publish('RS256', 'ES256', 'EdDSA')
})

function publish(...names: string[]): void {
  serve(names.map((name) => pair(name).jwk))
}

function serve(keys: readonly object[]): void {
  answer = () => Response.json({ keys })
}

function createAuthenticator(settings: Partial<JwtSettings> = {}): JwtAuthenticator {
  const fetch = async (url: string, { redirect }: RequestInit): Promise<Response> => {
    expect(url).toBe(URL_OF_KEYS)
    expect(redirect).toBe('manual')
    asked += 1
    return answer()
  }
  const resolved = { ...resolveJwt({ jwksUrl: URL_OF_KEYS }, undefined), ...settings }
  return new JwtAuthenticator(resolved, { clock, logger: silentLogger, fetch })
}

async function outcome(authenticator: JwtAuthenticator, token: string): Promise<string> {
  const result = await authenticator.authenticate(token)
  return result.ok ? 'good' : result.error.code
}

describe('keys that an issuer publishes', () => {
  it.each(KINDS)('verify %s', async (alg) => {
    expect(await outcome(createAuthenticator(), await pair(alg).sign())).toBe('good')
  })

  it('are fetched once, however many callers wait', async () => {
    const authenticator = createAuthenticator()
    const tokens = await Promise.all(KINDS.map((alg) => pair(alg).sign()))
    const outcomes = tokens.map((token) => outcome(authenticator, token))
    expect(await Promise.all(outcomes)).toEqual(['good', 'good', 'good'])
    expect(await outcome(authenticator, tokens[0] ?? '')).toBe('good')
    expect(asked).toBe(1)
  })

  it('need no key id where only one key fits', async () => {
    publish('RS256', 'nameless')
    expect(await outcome(createAuthenticator(), await pair('nameless').sign())).toBe('good')
    publish('ES256', 'nameless')
    const token = await pair('nameless').sign()
    expect(await outcome(createAuthenticator(), token)).toBe('unauthorized')
  })

  it.each<[string, object]>([
    ['is for encryption', { use: 'enc' }],
    ['is for another algorithm', { alg: 'ES384' }],
    ['is for signing only', { key_ops: ['sign'] }],
    ['has another kind', { kty: 'RSA' }],
    ['has another curve', { crv: 'P-384' }],
    ['is broken', { x: 'AAAA' }],
  ])('do not count where one %s', async (_, change) => {
    serve([{ ...pair('ES256').jwk, ...change }])
    expect(await outcome(createAuthenticator(), await pair('ES256').sign())).toBe('unauthorized')
  })

  it('are used with the configured algorithms only', async () => {
    const authenticator = createAuthenticator({ algorithms: ['ES256'] })
    expect(await outcome(authenticator, await pair('RS256').sign())).toBe('unauthorized')
    expect(asked).toBe(0)
    expect(await outcome(authenticator, await pair('ES256').sign())).toBe('good')
  })

  it('are never used as shared secrets, even if one is published', async () => {
    const secret = Buffer.alloc(32, 7)
    serve([{ kty: 'oct', kid: 'oct', k: secret.toString('base64url') }])
    const token = await new SignJWT({ sub: 'ada', exp: clock.now() / 1_000 + 60 })
      .setProtectedHeader({ alg: 'HS256', kid: 'oct' })
      .sign(secret)
    expect(await outcome(createAuthenticator(), token)).toBe('unauthorized')
  })
})

describe('rotation', () => {
  it('is noticed when a token names an unknown key', async () => {
    const authenticator = createAuthenticator()
    expect(await outcome(authenticator, await pair('ES256').sign())).toBe('good')
    publish('ES256', 'new')
    await clock.advance(30_000)
    expect(await outcome(authenticator, await pair('new').sign())).toBe('good')
    expect(asked).toBe(2)
  })

  it('causes a fetch at most every 30 s', async () => {
    const authenticator = createAuthenticator()
    await outcome(authenticator, await pair('ES256').sign())
    const token = await pair('new').sign()
    const ask = async (waitMs: number) => {
      await clock.advance(waitMs)
      for (let time = 0; time < 10; time += 1) {
        expect(await outcome(authenticator, token)).toBe('unauthorized')
      }
      return asked
    }
    expect(await ask(29_999)).toBe(1)
    expect(await ask(1)).toBe(2)
    expect(await ask(29_999)).toBe(2)
    expect(await ask(1)).toBe(3)
  })

  it('stops using a removed key within ten minutes', async () => {
    const authenticator = createAuthenticator()
    const token = await pair('ES256').sign()
    expect(await outcome(authenticator, token)).toBe('good')
    publish('new')
    await clock.advance(600_000)
    expect(await outcome(authenticator, token)).toBe('unauthorized')
  })

  it('fetches before the keys are too old, while tokens are still accepted', async () => {
    const authenticator = createAuthenticator()
    const token = await pair('ES256').sign()
    await outcome(authenticator, token)
    publish('new')
    await clock.advance(300_001)
    expect(await outcome(authenticator, token), 'nobody waits').toBe('good')
    await clock.settle()
    expect(await outcome(authenticator, token)).toBe('unauthorized')
    expect(asked).toBe(2)
  })
})

describe('a key that replaces another', () => {
  const rotations: [string, string | undefined][] = [
    ['under the same kid', 'same'],
    ['without a kid', undefined],
  ]

  it.each(rotations)('%s is fetched when a signature fails', async (_, kid) => {
    const [before, after] = [await makePair('ES256', kid), await makePair('ES256', kid)]
    serve([before.jwk])
    const authenticator = createAuthenticator()
    expect(await outcome(authenticator, await before.sign())).toBe('good')
    serve([after.jwk])
    await clock.advance(30_000)
    const tokens = await Promise.all([after.sign(), after.sign(), before.sign()])
    const outcomes = tokens.map((token) => outcome(authenticator, token))
    expect(await Promise.all(outcomes)).toEqual(['good', 'good', 'good'])
    expect(asked).toBe(2)
    expect(await outcome(authenticator, await before.sign())).toBe('unauthorized')
    expect(asked).toBe(2)
  })

  it.each(rotations)('%s is used beside the old key while both are published', async (_, kid) => {
    const several = await Promise.all([1, 2, 3].map(() => makePair('ES256', kid)))
    serve(several.map(({ jwk }) => jwk))
    const authenticator = createAuthenticator()
    for (const each of several) {
      expect(await outcome(authenticator, await each.sign())).toBe('good')
    }
    const stranger = await makePair('ES256', kid)
    expect(await outcome(authenticator, await stranger.sign())).toBe('unauthorized')
    expect(asked).toBe(1)
  })

  it('is fetched once in 30 s, however many tokens are forged, and nobody else waits', async () => {
    const [before, forger] = [await makePair('ES256', 'same'), await makePair('ES256', 'same')]
    serve([before.jwk])
    const authenticator = createAuthenticator()
    const good = await before.sign()
    expect(await outcome(authenticator, good)).toBe('good')
    await clock.advance(30_000)
    let publishKeys = (): void => {}
    answer = () =>
      new Promise((resolve) => {
        publishKeys = () => resolve(Response.json({ keys: [before.jwk] }))
      })
    const forged = await Promise.all(Array.from({ length: 20 }, () => forger.sign()))
    const refused = forged.map((token) => outcome(authenticator, token))
    expect(await outcome(authenticator, good)).toBe('good')
    publishKeys()
    expect(new Set(await Promise.all(refused))).toEqual(new Set(['unauthorized']))
    expect(await outcome(authenticator, forged[0] ?? '')).toBe('unauthorized')
    expect(asked).toBe(2)
    await clock.advance(29_999)
    expect(await outcome(authenticator, forged[0] ?? '')).toBe('unauthorized')
    expect(asked).toBe(2)
  })

  it('cannot be told from a forgery while the issuer is unreachable', async () => {
    const [before, after] = [await makePair('ES256', 'same'), await makePair('ES256', 'same')]
    serve([before.jwk])
    const authenticator = createAuthenticator()
    expect(await outcome(authenticator, await before.sign())).toBe('good')
    answer = () => Promise.reject(new TypeError('fetch failed'))
    await clock.advance(30_000)
    expect(await outcome(authenticator, await after.sign())).toBe('unavailable')
    expect(await outcome(authenticator, await before.sign())).toBe('good')
  })
})

describe('an unreachable issuer', () => {
  const failures: [string, () => Response | Promise<Response>][] = [
    ['is away', () => Promise.reject(new TypeError('fetch failed'))],
    ['is broken', () => new Response('oops', { status: 500 })],
    ['leads elsewhere', () => Response.redirect('https://evil.example/keys')],
    ['answers no JSON', () => new Response('<html>')],
    ['answers no keys', () => Response.json({ keys: 'none' })],
    [
      'answers with more than keys need',
      () => new Response(JSON.stringify({ keys: [pair('ES256').jwk] }).padEnd(300_000)),
    ],
  ]

  it.each(failures)('that %s makes tokens neither valid nor invalid', async (_, failure) => {
    const authenticator = createAuthenticator()
    answer = failure
    const token = await pair('ES256').sign()
    expect(await outcome(authenticator, token)).toBe('unavailable')
    publish('ES256')
    await clock.advance(4_999)
    expect(await outcome(authenticator, token), 'not asked again at once').toBe('unavailable')
    expect(asked).toBe(1)
    await clock.advance(1)
    expect(await outcome(authenticator, token)).toBe('good')
  })

  it('that hangs is given up after 5 s', async () => {
    const fetch = (_: string, { signal }: RequestInit) =>
      new Promise<Response>((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    const settings = resolveJwt({ jwksUrl: URL_OF_KEYS }, undefined)
    const authenticator = new JwtAuthenticator(settings, { clock, logger: silentLogger, fetch })
    const waiting = outcome(authenticator, await pair('ES256').sign())
    await clock.advance(5_000)
    expect(await waiting).toBe('unavailable')
    expect(clock.pendingTimers).toBe(0)
  })

  it('is not needed for known keys until they are too old', async () => {
    const authenticator = createAuthenticator()
    const token = await pair('ES256').sign()
    await outcome(authenticator, token)
    answer = () => Promise.reject(new TypeError('fetch failed'))
    await clock.advance(599_999)
    expect(await outcome(authenticator, token)).toBe('good')
    expect(await outcome(authenticator, await pair('new').sign()), 'who knows').toBe('unavailable')
    await clock.advance(1)
    expect(await outcome(authenticator, token)).toBe('unavailable')
  })

  it('is not asked for keys of other issuers', async () => {
    const authenticator = createAuthenticator({ issuers: ['https://id.example'] })
    for (const iss of ['https://evil.example', undefined]) {
      expect(await outcome(authenticator, await pair('ES256').sign({ iss }))).toBe('unauthorized')
    }
    expect(asked).toBe(0)
    const token = await pair('ES256').sign({ iss: 'https://id.example' })
    expect(await outcome(authenticator, token)).toBe('good')
  })

  it('is asked for its keys when the hub starts', async () => {
    createAuthenticator().start()
    await clock.settle()
    expect(asked).toBe(1)
  })
})

it('is logged with the reason, without secrets in its URL', async () => {
  const logged: unknown[] = []
  const logger = { ...silentLogger, warn: (fields: object) => logged.push(fields) }
  const settings = resolveJwt({ jwksUrl: URL_OF_KEYS }, undefined)
  const fetch = async () => new Response('', { status: 404 })
  const authenticator = new JwtAuthenticator(settings, { clock, logger, fetch })
  await outcome(authenticator, await pair('ES256').sign())
  expect(logged).toMatchObject([
    { url: 'https://id.example/keys', error: { message: 'expected status 200, got 404' } },
  ])
})
