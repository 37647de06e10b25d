import { expect, it } from 'vitest'
import { IdentityServer } from './identity-server.ts'
import { KeyIssuer } from './key-issuer.ts'
import { RawSocket } from './raw-socket.ts'

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

function startServer(issuer: KeyIssuer): Promise<IdentityServer> {
  return IdentityServer.start({
    channels: { 'room:*': {} },
    jwt: {
      jwksUrl: issuer.url,
      allowLoopbackHttp: true,
      issuer: 'https://id.example',
      audience: 'chat',
    },
  })
}

async function statusOf(server: IdentityServer, token: string): Promise<number> {
  return (await fetch(`${server.url}/notifications`, { headers: bearer(token) })).status
}

it.each(['RS256', 'ES256', 'EdDSA'])(
  'knows users by keys for %s that are published',
  async (alg) => {
    const issuer = await KeyIssuer.start()
    await issuer.addKey('k', alg)
    issuer.publish('k')
    const server = await startServer(issuer)
    const socket = new RawSocket(server.socketUrl, bearer(await issuer.sign('k')))
    await expect.poll(() => socket.userId).toBe('ada')
    const later = new RawSocket(server.socketUrl)
    await later.send({ type: 'auth', id: '1', token: await issuer.sign('k', { sub: 'bob' }) })
    await expect.poll(() => later.frames).toContainEqual(expect.objectContaining({ id: '1' }))
    expect(later.frames.at(-1)).toMatchObject({ type: 'reply', payload: { user_id: 'bob' } })
    expect(issuer.asked).toBe(1)
    for (const claims of [{ iss: 'https://evil.example' }, { aud: 'mail' }]) {
      const stranger = new RawSocket(server.socketUrl, bearer(await issuer.sign('k', claims)))
      await expect.poll(() => stranger.code).toBe(4501)
    }
    expect(issuer.asked).toBe(1)
  },
)

it('follows a rotation of the keys, and does not ask again for what nobody signed', async () => {
  const issuer = await KeyIssuer.start()
  await issuer.addKey('old', 'ES256')
  await issuer.addKey('new', 'ES256')
  await issuer.addKey('stolen', 'ES256')
  issuer.publish('old')
  const server = await startServer(issuer)
  expect(await statusOf(server, await issuer.sign('old'))).toBe(200)
  issuer.publish('old', 'new')
  const forged = await issuer.sign('stolen')
  const statuses = await Promise.all(Array.from({ length: 20 }, () => statusOf(server, forged)))
  expect(new Set(statuses)).toEqual(new Set([401]))
  expect(issuer.asked).toBe(1)
  const rotated = await issuer.sign('new')
  await expect
    .poll(() => statusOf(server, rotated), { timeout: 300_000, interval: 1_000 })
    .toBe(200)
  expect(issuer.asked).toBe(2)
  expect(await statusOf(server, await issuer.sign('old'))).toBe(200)
  expect(await statusOf(server, forged)).toBe(401)
})

it('starts while the issuer is away: tokens are neither good nor bad until it is back', async () => {
  const issuer = await KeyIssuer.start()
  await issuer.addKey('k', 'ES256')
  issuer.publish('k')
  await issuer.close()
  const server = await startServer(issuer)
  const token = await issuer.sign('k')
  expect(await statusOf(server, token)).toBe(503)
  const early = new RawSocket(server.socketUrl, bearer(token))
  await expect.poll(() => early.code).toBe(4030)
  const frame = new RawSocket(server.socketUrl)
  await frame.send({ type: 'auth', id: '1', token })
  await expect
    .poll(() => frame.frames)
    .toContainEqual(expect.objectContaining({ id: '1', code: 'unavailable' }))
  expect(server.log).toContain('the keys of the token issuer could not be fetched')
  expect(server.log).not.toContain(token)
  await issuer.listen()
  await expect.poll(() => statusOf(server, token)).toBe(200)
})

it('takes keys from the issuer only, not from where it leads', async () => {
  const evil = await KeyIssuer.start()
  await evil.addKey('k', 'ES256')
  evil.publish('k')
  const issuer = await KeyIssuer.start()
  issuer.answer = (response) => {
    response.writeHead(302, { location: evil.url })
    response.end()
  }
  const server = await startServer(issuer)
  expect(await statusOf(server, await evil.sign('k'))).toBe(503)
  expect(issuer.asked).toBe(1)
  expect(evil.asked).toBe(0)
})

it('does not wait for keys without end', async () => {
  const issuer = await KeyIssuer.start()
  await issuer.addKey('k', 'ES256')
  let written = 0
  issuer.answer = (response) => {
    const write = (): void => {
      written += 65_536
      if (!response.destroyed && response.write(Buffer.alloc(65_536, ' '))) setImmediate(write)
      else response.once('drain', write)
    }
    write()
  }
  const server = await startServer(issuer)
  expect(await statusOf(server, await issuer.sign('k'))).toBe(503)
  expect(server.log).toContain('expected at most 262144 bytes')
  expect(written).toBeLessThan(16_777_216)
})
