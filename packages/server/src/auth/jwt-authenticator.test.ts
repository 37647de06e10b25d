import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { FakeClock } from '@coterie/testing'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../ports/logger.ts'
import { JwtAuthenticator } from './jwt-authenticator.ts'
import { type JwtSettings, resolveJwt } from './jwt-options.ts'

const secret = 'a secret of at least thirty-two bytes'
const clock = new FakeClock()
const nowSeconds = clock.now() / 1_000
const inAnHour = nowSeconds + 3_600
const claims = { sub: 'ada', exp: inAnHour }

function authenticate(token: string, settings: Partial<JwtSettings> = {}) {
  const resolved = { ...resolveJwt({}, secret), ...settings }
  const fetch = () => Promise.reject(new Error('nobody is to be asked'))
  return new JwtAuthenticator(resolved, { clock, logger: silentLogger, fetch }).authenticate(token)
}

function sign(payload: JWTPayload, header: object = {}, key = secret): Promise<string> {
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(new TextEncoder().encode(key))
}

async function reasonFor(token: string, settings: Partial<JwtSettings> = {}): Promise<string> {
  const result = await authenticate(token, settings)
  if (result.ok) throw new Error('accepted')
  expect(result.error.code).toBe('unauthorized')
  return result.error.message
}

it('derives the principal from the claims of a token', async () => {
  const grants = [{ channels: 'orders:#', actions: ['subscribe', '*'] }]
  const token = await sign({
    ...claims,
    iat: nowSeconds,
    jti: 'token-1',
    sid: 'sign-in-1',
    tenant: 'acme',
    user: { name: 'Ada' },
    grants,
  })
  const result = await authenticate(token)
  expect(result).toEqual({
    ok: true,
    value: {
      userId: 'ada',
      isAnonymous: false,
      tenant: 'acme',
      grants,
      profile: { name: 'Ada' },
      expiresAtMs: inAnHour * 1_000,
      tokenId: 'token-1',
      sessionId: 'sign-in-1',
      issuedAtMs: nowSeconds * 1_000,
    },
  })
  expect(result.ok && Object.isFrozen(result.value)).toBe(true)
})

describe('the clock', () => {
  it.each<[string, JWTPayload, boolean]>([
    ['an end within the tolerance', { exp: nowSeconds - 4 }, true],
    ['an end past it', { exp: nowSeconds - 6 }, false],
    ['a beginning within the tolerance', { nbf: nowSeconds + 4 }, true],
    ['a beginning past it', { nbf: nowSeconds + 6 }, false],
    ['made a little in the future', { iat: nowSeconds + 4 }, true],
    ['made in the future', { iat: nowSeconds + 6 }, false],
  ])('that was injected decides on %s', async (_, more, isGood) => {
    expect((await authenticate(await sign({ ...claims, ...more }))).ok).toBe(isGood)
  })

  it('may differ by the configured tolerance', async () => {
    const token = await sign({ sub: 'ada', exp: nowSeconds - 1 })
    expect((await authenticate(token)).ok).toBe(true)
    expect(await reasonFor(token, { clockToleranceMs: 0 })).toBe('the token has expired')
  })
})

it.each<[string, JWTPayload, string]>([
  ['no subject', { exp: inAnHour }, 'claim sub is missing'],
  ['no end', { sub: 'ada' }, 'claim exp is missing'],
  ['an end that no date can tell', { ...claims, exp: 1e300 }, 'claim exp'],
  ['a time before which it counts not', { ...claims, nbf: inAnHour }, 'claim nbf'],
  ['an empty subject', { ...claims, sub: '' }, 'claim sub'],
  ['a long subject', { ...claims, sub: 'a'.repeat(129) }, 'claim sub'],
  ['a line break', { ...claims, sub: 'a\nb' }, 'claim sub'],
  ['a NUL', { ...claims, sub: 'ada\0' }, 'claim sub'],
  ['a line separator', { ...claims, sub: 'a\u2028b' }, 'claim sub'],
  ['a zero-width space', { ...claims, sub: 'ada\u200b' }, 'claim sub'],
  ['a turn of the direction of writing', { ...claims, sub: '\u202eada' }, 'claim sub'],
  ['a space at its end', { ...claims, sub: 'ada ' }, 'claim sub'],
  ['a space that does not break', { ...claims, sub: '\u00a0ada' }, 'claim sub'],
  ['half of a character', { ...claims, sub: 'a\ud800' }, 'claim sub'],
  ['the subject of nobody', { ...claims, sub: 'anon-1' }, 'begins the ids of anonymous users'],
  ['an empty tenant', { ...claims, tenant: '' }, 'claim tenant'],
  ['an id that is no text', { ...claims, jti: 7 as never }, 'jti'],
  ['a session that is too long', { ...claims, sid: 's'.repeat(129) }, 'claim sid'],
  [
    'a grant that is none',
    { ...claims, grants: [{ channels: 'a:#:b', actions: [] }] },
    'claim grants.0.channels',
  ],
  [
    'an action that is none',
    { ...claims, grants: [{ channels: 'a', actions: ['own'] }] },
    'claim grants.0.actions.0',
  ],
])('refuses a token with %s', async (_, payload, reason) => {
  expect(await reasonFor(await sign(payload))).toContain(reason)
})

it.each(['ada@example.com', 'auth0|5f7c', 'Zoë', '李雷', 'a b', 'anonymous'])(
  'takes %s for a user',
  async (sub) => {
    expect((await authenticate(await sign({ ...claims, sub }))).ok).toBe(true)
  },
)

describe('issuer and audience', () => {
  const settings = { issuers: ['https://id.example', 'own'], audiences: ['chat'] }

  it.each<[string, JWTPayload, string | undefined]>([
    ['as expected', { iss: 'own', aud: ['mail', 'chat'] }, undefined],
    ['of no issuer', { aud: 'chat' }, 'claim iss is missing'],
    ['of another issuer', { iss: 'https://id.example.evil', aud: 'chat' }, 'claim iss is wrong'],
    ['for nobody', { iss: 'own' }, 'claim aud is missing'],
    ['for another audience', { iss: 'own', aud: 'chat2' }, 'claim aud is wrong'],
  ])('are checked: a token %s', async (_, more, reason) => {
    const token = await sign({ ...claims, ...more })
    if (reason === undefined) expect((await authenticate(token, settings)).ok).toBe(true)
    else expect(await reasonFor(token, settings)).toContain(reason)
  })
})

describe('keys', () => {
  it.each<['RS256' | 'ES256' | 'EdDSA']>([['RS256'], ['ES256'], ['EdDSA']])(
    'may be public ones for %s, as PEM and as JWK',
    async (alg) => {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
      const token = await new SignJWT(claims).setProtectedHeader({ alg }).sign(privateKey)
      const jwk = { ...(await exportJWK(publicKey)) }
      const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({
        type: 'spki',
        format: 'pem',
      })
      for (const key of [jwk, String(pem)]) {
        expect((await authenticate(token, { secrets: [], publicKeys: [key] })).ok).toBe(true)
      }
      const other = await exportJWK((await generateKeyPair(alg, { extractable: true })).publicKey)
      expect(await reasonFor(token, { secrets: [], publicKeys: [{ ...other }] })).toContain('valid')
    },
  )

  it('may be several at once, so that one can replace another', async () => {
    const secrets = ['the secret of yesterday, still good', 'the secret of today, which is new']
    for (const key of secrets) {
      expect((await authenticate(await sign(claims, {}, key), { secrets })).ok).toBe(true)
    }
    const gone = await sign(claims, {}, 'the secret of the week before that')
    expect(await reasonFor(gone, { secrets })).toBe('the token is not valid')
  })
})

describe('a token cannot choose its verification', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const settings = { secrets: [], publicKeys: [pem] }

  it('a public key is not accepted as a secret for signing', async () => {
    for (const key of [pem, pem.trim(), pem.replaceAll('\n', '')]) {
      expect(await reasonFor(await sign(claims, {}, key), settings)).toBe('the token is not valid')
    }
    const der = rsa.publicKey.export({ type: 'spki', format: 'der' })
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(der)
    expect(await reasonFor(token, settings)).toBe('the token is not valid')
  })

  it('only the algorithm of the key is used', async () => {
    for (const alg of ['RS384', 'RS512', 'PS256']) {
      const token = await new SignJWT(claims).setProtectedHeader({ alg }).sign(rsa.privateKey)
      expect(await reasonFor(token, settings)).toBe('the token is not valid')
    }
    expect(await reasonFor(await sign(claims, { alg: 'HS512' }, secret.repeat(2)))).toContain(
      'valid',
    )
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256' })
      .sign(rsa.privateKey)
    expect((await authenticate(token, settings)).ok).toBe(true)
    expect(await reasonFor(token)).toBe('the token is not valid')
  })

  it.each(['none', 'None', 'NONE', 'nOnE', ''])('alg "%s" is refused', async (alg) => {
    const [, payload] = new UnsecuredJWT(claims).encode().split('.')
    const head = Buffer.from(JSON.stringify({ alg })).toString('base64url')
    const good = await sign(claims)
    for (const signature of ['', good.split('.')[2]]) {
      expect(await reasonFor(`${head}.${payload}.${signature}`)).toBe('the token is not valid')
    }
  })

  it('a key inside a token, or at a URL in it, is ignored', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
    const jwk = await exportJWK(publicKey)
    const x5c = [Buffer.from('a certificate').toString('base64')]
    for (const header of [{ jwk }, { jku: 'http://evil.example/keys' }, { x5u: 'x' }, { x5c }]) {
      const forged = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', ...header } as never)
        .sign(privateKey)
      expect(await reasonFor(forged, settings)).toBe('the token is not valid')
      const good = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', ...header } as never)
        .sign(rsa.privateKey)
      expect((await authenticate(good, settings)).ok).toBe(true)
    }
  })

  it.each(['../../dev/null', "' OR 1=1 --", '__proto__', 'a'.repeat(5_000), 0, null, {}])(
    'the name %j of a key leads nowhere',
    async (kid) => {
      expect(await reasonFor(await sign(claims, { kid }, ''.padEnd(32, '\0')))).toContain('valid')
      expect((await authenticate(await sign(claims, { kid }))).ok).toBe(true)
    },
  )

  it.each([
    ['what must be understood', { crit: ['exp'], exp: 1 }],
    ['a payload that is not encoded', { crit: ['b64'], b64: false }],
  ])('%s is refused', async (_, header) => {
    const parts = [{ alg: 'HS256', ...header }, claims]
    const text = parts
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const signature = createHmac('sha256', secret).update(text).digest('base64url')
    expect(await reasonFor(`${text}.${signature}`)).toBe('the token is not valid')
  })
})

it.each(['garbage', 'a.b.c', '', '..', 'a.b.c.d.e', `${'a'.repeat(20_000)}.b.c`, 'bm90.bm90.bm90'])(
  'refuses %.20s',
  async (token) => {
    expect(await reasonFor(token)).toBe('the token is not valid')
  },
)

it('refuses a valid token that is too long', async () => {
  const token = await sign({ ...claims, user: 'a'.repeat(13_000) })
  expect(token.length).toBeGreaterThan(16_384)
  expect(await reasonFor(token)).toBe('the token is not valid')
  expect((await authenticate(await sign({ ...claims, user: 'a'.repeat(12_000) }))).ok).toBe(true)
})

it.each<[string, (signature: string) => string]>([
  ['a newline at its end', (signature) => `${signature}\n`],
  ['a newline within', (signature) => `${signature.slice(0, 9)}\n${signature.slice(9)}`],
  ['a space', (signature) => `${signature.slice(0, 9)} ${signature.slice(9)}`],
  ['padding', (signature) => `${signature}=`],
  ['a NUL', (signature) => `${signature}\0`],
  ['another last letter of the same bits', nextLetter],
])('refuses a signature that is written with %s', async (_, rewrite) => {
  const token = await sign(claims)
  const [head, payload, signature = ''] = token.split('.')
  expect((await authenticate(token)).ok).toBe(true)
  expect(await reasonFor(`${head}.${payload}.${rewrite(signature)}`)).toBe('the token is not valid')
})

// The last base64url letter of 32 bytes has two unused bits.
function nextLetter(signature: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return signature.slice(0, -1) + letters[letters.indexOf(signature.at(-1) ?? '') + 1]
}
