import { refuse } from '@coterie/protocol'
import { FakeClock, nameAuthenticator, SeededRandom, testPrincipal } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import { ServerKeys } from '../auth/server-keys.ts'
import { Tickets } from '../auth/tickets.ts'
import { UserTokens } from '../auth/user-tokens.ts'
import { FailedAuthentications } from '../core/limits/failed-authentications.ts'
import { RateLimiter } from '../core/limits/rate-limiter.ts'
import { createRefusalFigures } from '../core/limits/refusal-figures.ts'
import { silentLogger } from '../ports/logger.ts'
import { type HandshakeHeaders, Identification, readToken } from './handshake.ts'

const read = (headers: HandshakeHeaders, allowedOrigins: string[] = []) =>
  readToken({ host: 'chat.example', ...headers }, allowedOrigins)

const cookie = 'theme=dark; coterie_token=abc; other=1'
const forbidden = { ok: false, error: { code: 'forbidden' } }

it('finds no token in a request without one', () => {
  expect(read({})).toEqual({ ok: true, value: undefined })
  expect(read({ cookie: 'theme=dark; xcoterie_token=abc' })).toEqual({ ok: true, value: undefined })
})

it.each([
  'coterie_tokens',
  'coterie_tokenx; a=b',
  'coterie_token',
  'coterie_token=',
  '\u00a0coterie_token=evil',
  'coterie_token\u00a0=evil',
  'coterie_token.old=evil',
  'Coterie_Token=evil',
  '=coterie_token=evil',
])('is not misled by the cookie %j before the good one', (other) => {
  const origin = 'https://chat.example'
  expect(read({ cookie: `${other}; coterie_token=abc`, origin })).toEqual({
    ok: true,
    value: 'abc',
  })
  expect(read({ cookie: other, origin })).toEqual({ ok: true, value: undefined })
})

it('takes a token from the header before the cookie, from any page', () => {
  expect(read({ authorization: 'Bearer xyz' })).toEqual({ ok: true, value: 'xyz' })
  const origin = 'https://elsewhere.example'
  expect(read({ authorization: 'bearer xyz', cookie, origin })).toEqual({ ok: true, value: 'xyz' })
  expect(read({ authorization: 'Bearer x y z', cookie, origin })).toEqual({
    ok: true,
    value: 'x y z',
  })
  expect(read({ authorization: 'Basic xyz' })).toEqual({ ok: true, value: undefined })
})

describe('a cookie is accepted', () => {
  it('from the page of the same host', () => {
    expect(read({ cookie, origin: 'https://chat.example' })).toEqual({ ok: true, value: 'abc' })
  })

  it('from a page of the same host whose request has no Origin', () => {
    const site = (value: string) => read({ cookie, 'sec-fetch-site': value })
    expect(site('same-origin')).toEqual({ ok: true, value: 'abc' })
    expect(site('cross-site')).toMatchObject(forbidden)
    expect(site('same-site')).toMatchObject(forbidden)
  })

  it('not from another scheme of the same host if the browser reports another site', () => {
    const from = (origin: string, site: string) => read({ cookie, origin, 'sec-fetch-site': site })
    expect(from('https://chat.example', 'same-origin')).toEqual({ ok: true, value: 'abc' })
    expect(from('http://chat.example', 'cross-site')).toMatchObject(forbidden)
    expect(from('http://chat.example', 'same-site')).toMatchObject(forbidden)
  })

  it('from a listed origin', () => {
    const origin = 'https://app.example'
    expect(read({ cookie, origin }, [origin])).toEqual({ ok: true, value: 'abc' })
  })

  it.each([
    undefined,
    'null',
    'https://evil.example',
    'https://chat.example.evil.example',
    'https://evilchat.example',
    'https://chat.example:8443',
    'https://chat.example:443',
    'https://chat.example/',
    'https://chat.example.',
    'https://ada@chat.example',
    'HTTPS://CHAT.EXAMPLE',
    'https://chat.example, https://evil.example',
    'file://chat.example',
    'chat.example',
    '',
  ])('not from the origin %s', (origin) => {
    expect(read({ cookie, origin })).toMatchObject(forbidden)
  })
})

describe('with listed origins', () => {
  const listed = ['https://app.example']

  it.each([
    'null',
    'https://chat.example',
    'http://app.example',
    'https://app.example.evil.example',
    'https://evil-app.example',
    'https://app.example:8443',
    'https://APP.EXAMPLE',
    'HTTPS://app.example',
    'https://app.example/',
    '',
  ])('a page of %s is refused, whatever token it brings', (origin) => {
    expect(read({ origin, authorization: 'Bearer xyz' }, listed)).toMatchObject(forbidden)
    expect(read({ origin }, listed)).toMatchObject(forbidden)
  })

  it('a cookie without an Origin is accepted from a page of the server alone', () => {
    expect(read({ cookie }, listed)).toMatchObject(forbidden)
    expect(read({ cookie, 'sec-fetch-site': 'same-site' }, listed)).toMatchObject(forbidden)
    expect(read({ cookie, 'sec-fetch-site': 'same-origin' }, listed)).toMatchObject({ ok: true })
  })

  it('a client without an Origin, which is not a page, is admitted', () => {
    expect(read({ authorization: 'Bearer xyz' }, listed)).toEqual({ ok: true, value: 'xyz' })
  })
})

describe('a ticket', () => {
  function setUp(revoked?: string) {
    const clock = new FakeClock()
    const tickets = new Tickets(clock, new SeededRandom(1))
    const tokens = new UserTokens({
      authenticator: nameAuthenticator,
      serverKeys: new ServerKeys([]),
      clock,
      revoked: ({ tokenId }) =>
        tokenId === revoked ? refuse('unauthorized', 'the token was revoked') : undefined,
    })
    const recheck = tokens.recheck.bind(tokens)
    const rate = { perSecond: 1, burst: 10 }
    const figures = createRefusalFigures()
    const failedAuths = new FailedAuthentications(
      new RateLimiter({ rate, clock, figures, kind: 'failedAuths', what: 'failures' }),
    )
    const parts = {
      logger: silentLogger,
      anonymous: false,
      authenticator: tokens,
      failedAuths,
      tickets,
      recheck,
      allowedOrigins: [],
    }
    const identification = new Identification(parts)
    const expiresAtMs = clock.now() + 20_000
    const ada = testPrincipal('ada', { tokenId: '1', expiresAtMs })
    const query = new URLSearchParams({ ticket: tickets.issue(ada).ticket })
    return { clock, ada, enter: () => identification.identify({ host: 'chat.example' }, query, '') }
  }

  it('identifies the user that it was issued to', async () => {
    const { ada, enter } = setUp('2')
    expect(await enter()).toEqual({ ok: true, value: ada })
    expect(await enter()).toMatchObject({ error: { code: 'unauthorized' } })
  })

  it('expires together with the token that it was issued for', async () => {
    const expired = setUp()
    await expired.clock.advance(20_000)
    expect(await expired.enter()).toMatchObject({ error: { message: 'the token has expired' } })
    expect(await setUp('1').enter()).toMatchObject({ error: { message: 'the token was revoked' } })
  })
})
