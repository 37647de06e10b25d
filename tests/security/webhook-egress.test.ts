import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { createWebhookSender } from '@coterie/server'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { AttackedHub, SERVER_KEY } from './attacked-hub.ts'
import { openSocket } from './socket-way.ts'
import { stillServes } from './still-serves.ts'

const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']

/** A service of the inside that nobody outside is to reach. */
interface InnerService {
  readonly port: number
  /** How often somebody has connected. */
  readonly reached: () => number
}

/** Listens wherever an address of this machine leads to. */
async function startInnerService(): Promise<InnerService> {
  let reached = 0
  const server = createTcpServer((socket) => {
    reached += 1
    socket.destroy()
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '::', resolve))
  return { port: (server.address() as AddressInfo).port, reached: () => reached }
}

let inner: InnerService

beforeEach(async () => {
  inner = await startInnerService()
})

/** A hub whose webhooks look names up as a hostile name server answers. */
async function start(addresses: readonly (readonly string[])[] = [['127.0.0.1']], more = {}) {
  const lookups: string[] = []
  const resolve = async (hostname: string) => {
    lookups.push(hostname)
    return addresses[Math.min(lookups.length, addresses.length) - 1] ?? []
  }
  const senders = [createWebhookSender({ secrets, resolve, ...more })]
  const attacked = await AttackedHub.start({ senders, notifications: { userAddresses: true } })
  const as = attacked.tokenOf('eve')
  const choose = (url: string) =>
    attacked.rest('PUT', 'notification-preferences/eve', { as, body: { webhook_url: url } })
  /** Notifies eve by webhook, and returns what became of it. */
  const notify = async () => {
    const body = { title: 't', message: 'm', recipients: ['eve'], channels: ['webhook'] }
    const made = await attacked.rest('POST', 'notifications', { as: SERVER_KEY, body })
    expect(made.status).toBe(201)
    const read = async () => {
      const { body: deliveries } = await attacked.rest('GET', 'notification-deliveries', {
        as: SERVER_KEY,
      })
      return deliveries[0]
    }
    await expect.poll(async () => (await read())?.attempts ?? 0).toBeGreaterThan(0)
    await expect
      .poll(async () => (await read()).last_error ?? (await read()).status)
      .not.toBe('waiting')
    return read()
  }
  return { attacked, choose, notify, lookups }
}

describe('an address of the inside is refused where it is chosen', () => {
  it.each([
    'https://127.0.0.1:PORT/',
    'https://127.1:PORT/',
    'https://2130706433:PORT/',
    'https://0x7f000001:PORT/',
    'https://0x7f.0.0.1:PORT/',
    'https://0177.0.0.1:PORT/',
    'https://0.0.0.0:PORT/',
    'https://0:PORT/',
    'https://[::1]:PORT/',
    'https://[::]:PORT/',
    'https://[::ffff:127.0.0.1]:PORT/',
    'https://[::ffff:7f00:1]:PORT/',
    'https://[::127.0.0.1]:PORT/',
    'https://[64:ff9b::7f00:1]:PORT/',
    'https://[2002:7f00:1::]:PORT/',
    'https://[fe80::1]:PORT/',
    'https://[fc00::1]:PORT/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/latest/meta-data/',
    'https://10.0.0.1/',
    'https://172.16.0.1/',
    'https://192.168.0.1/',
    'https://100.64.0.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://１２７.0.0.1:PORT/',
    'https://①②⑦.⓪.⓪.①:PORT/',
    'https://127.0.0.1%2f@evil.example:PORT/',
    'https://evil.example@127.0.0.1:PORT/',
    'https://user:pass@example.com/',
    'http://127.0.0.1:PORT/',
    'http://example.com/',
    'HTTP://EXAMPLE.COM/',
    'file:///etc/passwd',
    'gopher://127.0.0.1:PORT/_x',
    'ftp://127.0.0.1:PORT/',
    'data:text/plain,x',
    'javascript:alert(1)',
    '//127.0.0.1:PORT/',
    'https:127.0.0.1:PORT/',
    'https://127.0.0.1:PORT\\@example.com/',
    'https://',
    'x'.repeat(3_000),
  ])('%s', async (url) => {
    const { attacked, choose, lookups } = await start()
    const answer = await choose(url.replace('PORT', String(inner.port)))
    expect([400, 422], answer.text).toContain(answer.status)
    const { body } = await attacked.rest('GET', 'notification-preferences/eve', { as: SERVER_KEY })
    expect(body.webhook_url).toBeNull()
    expect(lookups).toEqual([])
    expect(inner.reached()).toBe(0)
    await stillServes(attacked)
  })
})

describe('a name that leads inside is not called', () => {
  it.each([
    ['loopback', ['127.0.0.1']],
    ['loopback of IPv6', ['::1']],
    ['loopback in disguise', ['::ffff:127.0.0.1']],
    ['the service of metadata', ['169.254.169.254']],
    ['a private network', ['10.0.0.1']],
    ['everywhere', ['0.0.0.0']],
    ['a public address and loopback', ['93.184.216.34', '127.0.0.1']],
    ['loopback and a public address', ['127.0.0.1', '93.184.216.34']],
  ])('to %s', async (_, addresses) => {
    const { attacked, choose, notify } = await start([addresses])
    expect((await choose(`https://hooks.evil.example:${inner.port}/`)).status).toBe(200)
    const delivery = await notify()
    expect(delivery).toMatchObject({ status: 'dead' })
    expect(delivery.last_error).toMatch(/public addresses only/)
    expect(inner.reached()).toBe(0)
    await stillServes(attacked)
  })

  it('nor is it looked up again between the check and the call', async () => {
    let requests = 0
    const receiver = createServer((_, response) => {
      requests += 1
      response.end()
    })
    const port = await listen(receiver)
    // No other name server knows this name: who asked again would not get there.
    const allowedHosts = [`hooks.example:${port}`]
    const { attacked, choose, notify, lookups } = await start([['127.0.0.1'], ['::1']], {
      allowedHosts,
    })
    expect((await choose(`http://hooks.example:${port}/`)).status).toBe(200)
    expect(await notify()).toMatchObject({ status: 'done' })
    expect(requests).toBe(1)
    expect(lookups).toEqual(['hooks.example'])
    expect(inner.reached()).toBe(0)
    await stillServes(attacked)
  })
})

/** Serves on this machine for as long as the current test runs. */
async function listen(server: Server): Promise<number> {
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

it.each([301, 302, 303, 307, 308])('a redirect by %i is not followed', async (status) => {
  const server = createServer((_, response) => {
    response.writeHead(status, { location: `http://127.0.0.1:${inner.port}/inside` }).end()
  })
  const port = await listen(server)
  const allowedHosts = [`hooks.example:${port}`]
  const { attacked, choose, notify } = await start([['127.0.0.1']], { allowedHosts })
  expect((await choose(`http://hooks.example:${port}/`)).status).toBe(200)
  const delivery = await notify()
  expect(delivery.last_error).toContain(String(status))
  // Where it leads to is not told either.
  expect(delivery.last_error).not.toContain('inside')
  expect(inner.reached()).toBe(0)
  await stillServes(attacked)
})

it('the answer of a receiver reaches the application, and nobody who chose the address', async () => {
  const server = createServer((_, response) => {
    response.writeHead(500, 'a secret reason', { 'x-secret': 'a secret' }).end('a secret body')
  })
  const port = await listen(server)
  const allowedHosts = [`hooks.example:${port}`]
  const { attacked, choose, notify } = await start([['127.0.0.1']], { allowedHosts })
  await choose(`http://hooks.example:${port}/`)
  expect((await notify()).last_error).toContain('500')
  const as = attacked.tokenOf('eve')
  for (const path of ['notifications', 'notification-preferences/eve', 'notification-deliveries']) {
    expect((await attacked.rest('GET', path, { as })).text).not.toContain('a secret')
  }
  const eve = await openSocket(attacked, as)
  expect((await eve.ask({ type: 'subscribe', channel: 'serving:1' })).type).toBe('reply')
  expect(JSON.stringify(eve.frames)).not.toContain('a secret')
  await stillServes(attacked)
})
