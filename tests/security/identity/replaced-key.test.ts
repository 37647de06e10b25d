import { type Clock, createHub } from '@coterie/server'
import { expect, it, onTestFinished } from 'vitest'
import { KeyIssuer } from './key-issuer.ts'
import { RawSocket } from './raw-socket.ts'

const KID = 'the only name'

async function startServer(issuer: KeyIssuer) {
  let aheadMs = 0
  const clock: Clock = {
    now: () => Date.now(),
    elapsed: () => performance.now() + aheadMs,
    setTimer: (run, delayMs) => {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
    afterTick: (run) => void setImmediate(run),
  }
  const hub = createHub({
    engine: 'memory',
    clock,
    channels: { 'room:*': {} },
    jwt: {
      jwksUrl: issuer.url,
      allowLoopbackHttp: true,
      issuer: 'https://id.example',
      audience: 'chat',
    },
  })
  onTestFinished(() => hub.close())
  const url = `${await hub.listen({ port: 0, host: '127.0.0.1' })}/api/realtime`
  const wait = (ms: number): void => {
    aheadMs += ms
  }
  return { url, wait }
}

it('lets users in by a key that replaced another under its kid', async () => {
  const issuer = await KeyIssuer.start()
  await issuer.addKey(KID, 'ES256')
  issuer.publish(KID)
  const { url, wait } = await startServer(issuer)
  const statusOf = async (token: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(`${url}/notifications`, { headers })).status
  }
  const old = await issuer.sign(KID)
  expect(await statusOf(old)).toBe(200)

  await issuer.addKey(KID, 'ES256')
  const token = await issuer.sign(KID)
  wait(30_000)
  const headers = { authorization: `Bearer ${token}` }
  const socket = new RawSocket(`${url.replace('http', 'ws')}/ws`, headers)
  await expect.poll(() => socket.userId ?? socket.code).toBe('ada')
  expect(await statusOf(token)).toBe(200)
  expect(await statusOf(old)).toBe(401)
  expect(issuer.asked).toBe(2)
})
