import { generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { resolveConfig } from '../config/config.ts'
import type { HubConfig } from '../config/hub-config.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 })
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const ed25519 = generateKeyPairSync('ed25519')
const pem = (key: typeof rsa.publicKey): string =>
  key.export({ type: key.type === 'public' ? 'spki' : 'pkcs8', format: 'pem' }).toString()
const jwksUrl = 'https://id.example/keys'

it('collects secrets from both options', () => {
  const options = { jwtSecret: 'one', jwt: { secrets: ['two'], issuer: 'us' } }
  const { jwt } = resolveConfig({ ...options, allowShortSecrets: true })
  expect(jwt).toMatchObject({
    secrets: ['one', 'two'],
    issuers: ['us'],
    audiences: [],
    clockToleranceMs: 5_000,
  })
})

it.each<[string, HubConfig['jwt'], RegExp]>([
  [
    'an unknown key',
    { jwks: 'x' } as never,
    /unknown key "jwt\.jwks"; known here: secrets, .*jwksUrl/,
  ],
  ['an empty secret', { secrets: [''] }, /"jwt\.secrets\.0" is \(not shown\)/],
  ['no secret', { secrets: [] }, /"jwt\.secrets" is \(not shown\): .*>=1/],
  [
    'what is no key',
    { publicKeys: ['a key'] },
    /"jwt\.publicKeys\.0" .*expected a public key as PEM/,
  ],
  ['a number', { publicKeys: [7 as never] }, /"jwt\.publicKeys\.0" .*expected a public key/],
  ['a private key', { publicKeys: [pem(rsa.privateKey)] }, /this is a private one/],
  [
    'a private JWK',
    { publicKeys: [{ ...ed25519.privateKey.export({ format: 'jwk' }) }] },
    /this is a private one/,
  ],
  ['a shared secret', { publicKeys: [{ kty: 'oct', k: 'AAAA' }] }, /this is a private one/],
  ['a weak key', { publicKeys: [pem(weak.publicKey)] }, /at least 2048 bits/],
  ['a key of another curve', { publicKeys: [pem(p384.publicKey)] }, /expected a key for RS256/],
  [
    'a key for another algorithm',
    { publicKeys: [{ ...rsa.publicKey.export({ format: 'jwk' }), alg: 'PS256' }] },
    /expected "alg" to be RS256/,
  ],
  [
    'a key for encryption',
    { publicKeys: [{ ...rsa.publicKey.export({ format: 'jwk' }), use: 'enc' }] },
    /expected "use" to be "sig"/,
  ],
  ['no URL', { jwksUrl: 'keys' }, /"jwt\.jwksUrl" is "keys": expected an https:\/\/ URL/],
  ['http', { jwksUrl: 'http://localhost/keys' }, /expected an https:\/\/ URL/],
  [
    'http elsewhere',
    { jwksUrl: 'http://id.example/', allowLoopbackHttp: true },
    /expected an https/,
  ],
  [
    'http to what only looks like this machine',
    { jwksUrl: 'http://127.0.0.1.evil.example/', allowLoopbackHttp: true },
    /expected an https/,
  ],
  ['a file', { jwksUrl: 'file:///keys', allowLoopbackHttp: true }, /expected an https/],
  ['a password', { jwksUrl: 'https://a:b@id.example/' }, /without user and password/],
  [
    'HS256 for published keys',
    { jwksUrl, algorithms: ['HS256' as never] },
    /"jwt\.algorithms\.0" is "HS256"/,
  ],
  ['algorithms of nothing', { algorithms: ['RS256'] }, /"jwt\.algorithms" .*keys of jwksUrl/],
  ['no issuer', { jwksUrl, issuer: '' }, /"jwt\.issuer"/],
  [
    'a long tolerance',
    { jwksUrl, clockToleranceMs: 3_600_000 },
    /"jwt\.clockToleranceMs" .*<=300000/,
  ],
])('refuses %s and says what is right', (_, jwt, message) => {
  expect(() => resolveConfig({ jwt })).toThrow(message)
})

it('does not print a private key in its error', () => {
  const key = pem(ed25519.privateKey)
  const [, line = ''] = key.split('\n')
  let message = ''
  try {
    resolveConfig({ jwt: { publicKeys: [key] } })
  } catch (error) {
    message = String(error)
  }
  expect(message).toContain('"jwt.publicKeys.0" is (not shown)')
  expect(message).not.toContain(line.slice(0, 20))
})

it('allows keys over http from this machine where that is configured', () => {
  for (const host of ['localhost', '127.0.0.1', '[::1]']) {
    const jwt = { jwksUrl: `http://${host}:8000/keys`, allowLoopbackHttp: true }
    expect(resolveConfig({ jwt }).jwt.jwksUrl).toBe(jwt.jwksUrl)
  }
})

it.each(['', ' ', ' key', 'key\n', '\t'])('refuses the server key %j', (key) => {
  expect(() => resolveConfig({ apiKeys: [key] })).toThrow(/"apiKeys\.0" is \(not shown\): expected/)
})
