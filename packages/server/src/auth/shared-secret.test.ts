import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../config/config.ts'
import type { HubConfig } from '../config/hub-config.ts'

const good = 'a secret of at least thirty-two bytes'
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey
const ed25519 = generateKeyPairSync('ed25519').publicKey
const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString()
const jwk = JSON.stringify(rsa.export({ format: 'jwk' }))

/** The two options that hold a secret. */
const PLACES: [string, (secret: string) => HubConfig][] = [
  ['jwtSecret', (jwtSecret) => ({ jwtSecret })],
  ['jwt.secrets', (secret) => ({ jwt: { secrets: [good, secret] } })],
]

describe.each(PLACES)('a secret in %s', (_, config) => {
  it.each(['brief', 'a'.repeat(31), 'ä'.repeat(15)])(
    'is refused where it is as short as %j',
    (secret) => {
      const refused = () => resolveConfig(config(secret))
      expect(refused).toThrow(/expected 32 bytes or more, got \d+; make one with node -p "crypto/)
      expect(refused).not.toThrow(secret)
      expect(resolveConfig({ ...config(secret), allowShortSecrets: true }).jwt.secrets).toContain(
        secret,
      )
    },
  )

  it('counts the bytes of its UTF-8 text', () => {
    expect(resolveConfig(config('ä'.repeat(16))).jwt.secrets).toContain('ä'.repeat(16))
  })

  it.each<[string, string]>([
    ['PEM', pemOf(rsa)],
    ['PEM of another kind', pemOf(ed25519)],
    ['PEM as PKCS #1', rsa.export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['PEM with its line ends escaped', pemOf(rsa).replaceAll('\n', '\\n')],
    ['PEM within base64', Buffer.from(pemOf(rsa)).toString('base64')],
    [
      'PEM without its frame',
      pemOf(rsa)
        .replace(/-----.*-----/g, '')
        .trim(),
    ],
    ['a JSON Web Key', jwk],
    ['a JSON Web Key within base64', Buffer.from(jwk).toString('base64')],
    ['a set of JSON Web Keys', `{"keys":[${jwk}]}`],
    ['a key of SSH', `ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ${'x'.repeat(40)} ada@example`],
  ])('is refused where it is a public key: %s', (_name, key) => {
    for (const more of [{}, { allowShortSecrets: true }]) {
      const refused = () => resolveConfig({ ...config(key), ...more })
      expect(refused).toThrow(/is \(not shown\): .* only your servers know; this is a key/)
    }
  })
})

it.each<[string, HubConfig, RegExp]>([
  ['jwtSecret', { jwtSecret: undefined as never }, /"jwtSecret" is missing: .*COTERIE_JWT_SECRET/],
  ['jwtSecret, empty', { jwtSecret: '' }, /"jwtSecret" is \(not shown\): .*make one with/],
  ['jwt', { jwt: undefined as never }, /"jwt" is missing/],
  ['a secret of several', { jwt: { secrets: [good, undefined as never] } }, /"jwt\.secrets\.1"/],
  ['jwt.secrets', { jwt: { secrets: undefined as never } }, /"jwt\.secrets" is missing/],
  ['jwt.publicKeys', { jwt: { publicKeys: undefined as never } }, /"jwt\.publicKeys" is missing/],
  ['jwt.jwksUrl', { jwt: { jwksUrl: undefined as never } }, /"jwt\.jwksUrl" is missing/],
  ['jwt.issuer', { jwt: { issuer: undefined as never } }, /"jwt\.issuer" is missing/],
  ['apiKeys', { apiKeys: undefined as never }, /"apiKeys" is missing: .*COTERIE_API_KEY/],
  ['apiKeys, empty', { apiKeys: [] }, /"apiKeys" is \(not shown\): expected server keys/],
  ['allowedOrigins', { allowedOrigins: undefined as never }, /"allowedOrigins" is missing/],
])('refuses an option that is given and has no value: %s', (_, config, message) => {
  expect(() => resolveConfig(config)).toThrow(message)
})

it('starts without any key, because anonymous users need none', () => {
  expect(resolveConfig({}).jwt.secrets).toEqual([])
})
