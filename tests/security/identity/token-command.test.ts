import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decodeJwt } from 'jose'
import { afterAll, expect, it } from 'vitest'
import { IdentityServer } from './identity-server.ts'
import { RawSocket } from './raw-socket.ts'

const main = fileURLToPath(new URL('../../../packages/cli/src/main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'coterie-token-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const secret = 'a secret to sign with, of enough bytes'

function run(words: readonly string[], environment: object = { COTERIE_JWT_SECRET: secret }) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=coterie-source', main, 'token', ...words],
    { cwd: folder, env: { PATH: process.env.PATH, ...environment }, encoding: 'utf8' },
  )
  return { status, token: stdout.trim(), message: stderr.trim() }
}

it('prints a token with all that is said', () => {
  const words = ['ada', '--tenant=acme', '--grant=a:#=subscribe,history;b=*', '--jti=t', '--sid=s']
  const { token, status } = run([...words, '--expires=15m'])
  expect(status).toBe(0)
  const { exp = 0, iat = 0, ...claims } = decodeJwt(token)
  expect(claims).toEqual({
    sub: 'ada',
    tenant: 'acme',
    jti: 't',
    sid: 's',
    grants: [
      { channels: 'a:#', actions: ['subscribe', 'history'] },
      { channels: 'b', actions: ['*'] },
    ],
  })
  expect(exp - iat).toBe(900)
})

it('prints what the server of the same configuration takes', async () => {
  const jwt = { secrets: [secret, 'the secret before that one, long enough'], audience: ['chat'] }
  const config = { jwt: { ...jwt, issuer: 'us' } }
  const server = await IdentityServer.start(config)
  writeFileSync(join(folder, 'own.json'), JSON.stringify(config))
  const { token } = run(['ada', '--config=own.json'], {})
  const socket = new RawSocket(server.socketUrl, { authorization: `Bearer ${token}` })
  await expect.poll(() => socket.userId).toBe('ada')
})

it.each<[string[], RegExp]>([
  [[], /Missing required positional argument: USER/],
  [['anon-1'], /"anon-" begins the ids of anonymous users only/],
  [['a\nb'], /claim sub: expected no control or invisible characters/],
  [['a'.repeat(129)], /claim sub/],
  [['ada', 'bob'], /unexpected argument "bob"/],
  [['ada', '--expires=soon'], /--expires is "soon": expected a time such as 15m/],
  [['ada', '--expires=0s'], /--expires is "0s"/],
  [['ada', '--grant=a:#'], /--grant is "a:#": expected <pattern>=<action>/],
  [['ada', '--grant=a=own'], /--grant is "a=own"/],
  [['ada', '--tenant='], /claim tenant/],
  [['ada', '--jwt=x'], /unknown flag --jwt; known here: .*--jti/],
])('refuses %j and says what is right', (words, message) => {
  const { status, token, message: said } = run(words)
  expect([status, token]).toEqual([1, ''])
  expect(said).toMatch(message)
  expect(said).not.toContain(secret)
})

it('says what it misses where it has nothing to sign with', () => {
  expect(run(['ada'], {}).message).toMatch(/no secret to sign with: set COTERIE_JWT_SECRET/)
  const environment = { COTERIE_JWKS_URL: 'https://id.example/keys' }
  expect(run(['ada'], environment).message).toMatch(/a public key can only verify/)
})
