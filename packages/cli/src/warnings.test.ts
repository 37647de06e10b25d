import type { HubConfig } from '@coterie/server'
import { expect, it } from 'vitest'
import { warningsOf } from './warnings.ts'

const apiKeys = ['a key of the server itself']
const good = 'a secret of at least thirty-two bytes'

it.each<[string, HubConfig, RegExp[]]>([
  ['nothing', {}, [/no server key/, /no JWT key and no anonymous users/]],
  ['anonymous users alone', { apiKeys, anonymous: true }, []],
  ['a good secret', { apiKeys, jwtSecret: good }, []],
  ['a short key', { apiKeys: ['short'], jwtSecret: good }, [/fewer than 16 characters/]],
  [
    'a short secret',
    { apiKeys, jwtSecret: 'short', allowShortSecrets: true },
    [/fewer than 32 bytes/],
  ],
  [
    'one of two',
    { apiKeys, jwt: { secrets: [good, 'short'] }, allowShortSecrets: true },
    [/fewer than 32 bytes/],
  ],
  ['a public key', { apiKeys, jwt: { publicKeys: ['pem'] } }, []],
  ['published keys', { apiKeys, jwt: { jwksUrl: 'https://x', issuer: 'x' } }, []],
  ['keys of anybody', { apiKeys, jwt: { jwksUrl: 'https://x' } }, [/no JWT issuer/]],
])('says what may not be meant by %s', (_, config, warnings) => {
  expect(warningsOf(config)).toEqual(warnings.map((warning) => expect.stringMatching(warning)))
})
