import { expect, it } from 'vitest'
import { LoggedServer } from './logged-server.ts'
import { openSocket } from './socket-way.ts'
import { stillServes } from './still-serves.ts'

const FORGED = '{"level":30,"msg":"forged"}'
const HOSTILE = `x\n${FORGED}\r\n${FORGED}\u001b[2J\u001b]0;evil\u0007\u009b31m\0\u2028`

const secrets = { jwtSecret: 'a secret that is long enough for it', serverKey: 'a key of servers' }

it('whatever is said stays within one line of the log, which parses', async () => {
  const server = await LoggedServer.start(secrets, {
    channels: { 'serving:*': {}, 'room:*': { history: true, presence: true, state: true } },
    webhooks: { secrets: ['a secret for webhooks, long enough'], allowedHosts: ['127.0.0.1:9'] },
  })
  const asServer = { authorization: `Bearer ${secrets.serverKey}` }
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${server.url}/${path}`, {
      method,
      headers: { ...asServer, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    await response.text()
    expect(response.status).toBeLessThan(500)
  }
  const encoded = encodeURIComponent(HOSTILE)
  for (const [method, path, body] of [
    ['POST', 'rooms/1/kick', { user_id: HOSTILE, reason: HOSTILE }],
    ['PUT', `rooms/1/bans/${encoded}`, { reason: HOSTILE }],
    ['POST', 'revocations', { user_id: HOSTILE, reason: HOSTILE }],
    ['POST', 'publish', { channel: HOSTILE, event: HOSTILE, payload: HOSTILE }],
    ['POST', 'publish', { channel: 'room:1', event: 'e', payload: 1, message_id: HOSTILE }],
    ['GET', `channels/${encoded}/history`, undefined],
    ['PUT', `notification-preferences/${encoded}`, { webhook_url: 'http://127.0.0.1:9/%0A' }],
    [
      'POST',
      'notifications',
      {
        title: HOSTILE,
        message: HOSTILE,
        recipients: [HOSTILE],
        channels: ['webhook'],
      },
    ],
    ['POST', 'events', { event: HOSTILE, data: HOSTILE }],
  ] as const) {
    await call(method, path, body)
  }
  const eve = await openSocket(server, await server.tokenOf('eve'))
  for (const frame of [
    { type: 'subscribe', channel: HOSTILE },
    { type: HOSTILE },
    { type: 'auth', token: HOSTILE },
    { type: 'subscribe', channel: 'room:1', presence: { data: HOSTILE } },
    { type: 'publish', channel: 'room:1', event: HOSTILE, payload: HOSTILE },
  ]) {
    await eve.ask(frame)
  }
  // A token cannot contain a name that would break a log line.
  for (const name of ['a\nb', 'a\u001b[31m', 'a\u202eb', 'a\0', '\u009b']) {
    const headers = { authorization: `Bearer ${await server.tokenOf(name)}` }
    const { status } = await fetch(`${server.url}/notifications`, { headers })
    expect(status).toBe(401)
  }
  await stillServes(server)
  await server.stop()
  expect(server.logLines.length).toBeGreaterThan(1)
  for (const line of server.logLines) {
    expect(() => JSON.parse(line)).not.toThrow()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
    expect(JSON.parse(line).msg).not.toBe('forged')
  }
})
