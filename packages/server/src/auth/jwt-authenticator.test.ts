import { FakeClock } from '@coterie/testing'
import { generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { expect, it } from 'vitest'
import { createJwtAuthenticator } from './jwt-authenticator.ts'

const secret = 'a secret of at least thirty-two bytes'
const clock = new FakeClock()
const authenticator = createJwtAuthenticator(secret, clock)
const nowSeconds = clock.now() / 1_000
const inAnHour = nowSeconds + 3_600

function sign(claims: JWTPayload, alg = 'HS256', key = secret): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(key))
}

async function reasonFor(token: string): Promise<string> {
  const result = await authenticator.authenticate(token)
  if (result.ok) throw new Error('accepted')
  expect(result.error.code).toBe('unauthorized')
  return result.error.message
}

it('establishes the principal that a token names', async () => {
  const grants = [{ channels: 'orders:#', actions: ['subscribe', '*'] }]
  const token = await sign({
    sub: 'ada',
    exp: inAnHour,
    tenant: 'acme',
    user: { name: 'Ada' },
    grants,
  })
  expect(await authenticator.authenticate(token)).toEqual({
    ok: true,
    value: {
      userId: 'ada',
      isAnonymous: false,
      tenant: 'acme',
      grants,
      profile: { name: 'Ada' },
      expiresAtMs: inAnHour * 1_000,
    },
  })
})

it('follows the wall clock that it was given', async () => {
  expect(await reasonFor(await sign({ sub: 'ada', exp: nowSeconds - 6 }))).toContain('expired')
  expect(
    (await authenticator.authenticate(await sign({ sub: 'ada', exp: nowSeconds + 1 }))).ok,
  ).toBe(true)
})

it.each<[string, JWTPayload, string]>([
  ['no subject', { exp: inAnHour }, 'claim sub is missing'],
  ['no end', { sub: 'ada' }, 'claim exp is missing'],
  ['a time before which it counts not', { sub: 'ada', exp: inAnHour, nbf: inAnHour }, 'claim nbf'],
  ['an empty subject', { sub: '', exp: inAnHour }, 'claim sub'],
  ['a subject with a line break', { sub: 'a\nb', exp: inAnHour }, 'claim sub'],
  [
    'a grant that is none',
    { sub: 'a', exp: inAnHour, grants: [{ channels: 'a:#:b', actions: [] }] },
    'claim grants.0.channels',
  ],
  [
    'an action that is none',
    { sub: 'a', exp: inAnHour, grants: [{ channels: 'a', actions: ['own'] }] },
    'claim grants.0.actions.0',
  ],
])('refuses a token with %s', async (_, claims, reason) => {
  expect(await reasonFor(await sign(claims))).toContain(reason)
})

it('refuses other keys and other algorithms, whatever the token says', async () => {
  const claims = { sub: 'ada', exp: inAnHour }
  const { privateKey } = await generateKeyPair('RS256')
  const tokens = [
    await sign(claims, 'HS256', 'another secret of thirty-two bytes!!'),
    await sign(claims, 'HS512', secret.repeat(2)),
    new UnsecuredJWT(claims).encode(),
    await new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(privateKey),
    'garbage',
    'a.b.c',
    '',
  ]
  for (const token of tokens) expect(await reasonFor(token)).toBe('the token is not valid')
})
