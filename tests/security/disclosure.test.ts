import { randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import { expect, it } from 'vitest'
import { LoggedServer } from './logged-server.ts'
import { openSocket } from './socket-way.ts'
import { stillServes } from './still-serves.ts'
import { openStream } from './stream-way.ts'

const RS256_HEADER = Buffer.from('{"alg":"RS256","kid":"k"}').toString('base64url')

/** A secret that is found wherever it stands. */
const canary = (name: string): string => `canary-${name}-${randomBytes(12).toString('hex')}`

it('no secret of a session is found in what the server writes or answers', async () => {
  const secrets = {
    jwtSecret: canary('jwt-secret'),
    serverKey: canary('server-key'),
    otherKey: canary('other-key'),
    wrongKey: canary('wrong-key'),
    roomPassword: canary('room-password'),
    madePassword: canary('made-password'),
    wrongPassword: canary('wrong-password'),
    webhookSecret: canary('webhook-secret'),
    smtpPassword: canary('smtp-password'),
    forgedToken: `eyJhbGciOiJIUzI1NiJ9.${canary('forged-token')}.c2ln`,
    unknownToken: `${RS256_HEADER}.${canary('unknown-token')}.c2ln`,
    wrongTicket: canary('ticket'),
    wrongSession: canary('session'),
    cookie: canary('cookie'),
  }
  const server = await LoggedServer.start(secrets, {
    apiKeys: [secrets.serverKey, secrets.otherKey],
    channels: {
      'room:*': { history: true, presence: true, state: true },
      'serving:*': {},
      'closed:*': { subscribe: 'server' },
    },
    jwt: { jwksUrl: 'http://127.0.0.1:9/keys', allowLoopbackHttp: true },
    limits: { failedAuthsPerMinute: 10_000, roomPasswordsPerMinute: 10_000 },
    rooms: { locked: { password: secrets.roomPassword } },
    webhooks: { secrets: [secrets.webhookSecret], allowedHosts: ['127.0.0.1:9'] },
    email: { url: `smtp://mailer:${secrets.smtpPassword}@127.0.0.1:9`, from: 'hub@example.com' },
  })
  const answers: string[] = []
  const frames: (() => string)[] = []
  const forge = (time: string) =>
    new SignJWT({ canary: canary('claims') })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('ada')
      .setExpirationTime(time)
  const own: Record<string, string> = {
    badlySigned: await forge('1h').sign(Buffer.from(canary('guess'))),
    expired: await forge('-1h').sign(Buffer.from(secrets.jwtSecret)),
    adaToken: await server.tokenOf('ada'),
    eveToken: await server.tokenOf('eve'),
  }
  const call = async (method: string, path: string, headers: object, body?: unknown) => {
    const url = path.startsWith('/') ? `${server.address}${path}` : `${server.url}/${path}`
    const response = await fetch(url, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = path.startsWith('events?') && response.ok ? '' : await response.text()
    await response.body?.cancel().catch(() => {})
    answers.push(`${response.status} ${JSON.stringify([...response.headers])} ${text}`)
    return text
  }
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

  for (const path of ['/health/live', '/health/ready', '/openapi.json', '/docs', '/metrics', '/']) {
    await call('GET', path, {})
  }
  for (const headers of [
    bearer(secrets.forgedToken),
    bearer(secrets.unknownToken),
    bearer(own.badlySigned ?? ''),
    bearer(own.expired ?? ''),
    bearer(secrets.wrongKey),
    { authorization: `Session ${secrets.wrongSession}` },
    { authorization: `Basic ${secrets.wrongKey}` },
    { cookie: `coterie_token=${secrets.cookie}` },
    { cookie: `coterie_token=${secrets.forgedToken}`, origin: server.address },
  ]) {
    for (const [method, path, body] of [
      ['GET', 'notifications'],
      ['POST', 'tickets'],
      ['POST', 'publish', { channel: 'room:1', event: 'e', payload: 1 }],
      ['POST', 'frames', []],
      ['GET', 'events?channels=room:1'],
      ['GET', `events?channels=room:1&ticket=${secrets.wrongTicket}`],
      ['GET', `events?channels=room:1&token=${secrets.forgedToken}`],
    ] as const) {
      await call(method, path, headers, body)
    }
  }
  const { ticket } = JSON.parse(await call('POST', 'tickets', bearer(own.adaToken ?? '')))
  // The answer to whom it is for is the one place where it may stand.
  answers.pop()
  own.ticket = ticket
  for (const _ of [1, 2]) await call('GET', `events?channels=room:1&ticket=${ticket}`, {})

  const asServer = bearer(secrets.serverKey)
  for (const [method, path, body] of [
    ['POST', 'rooms', { id: 'made', password: secrets.madePassword, persist: true }],
    ['POST', 'rooms', { id: 'made', password: secrets.madePassword }],
    ['PATCH', 'rooms/made', { password: secrets.madePassword, max_users: 3 }],
    ['POST', 'rooms', { id: 'bad', password: [secrets.madePassword] }],
    ['GET', 'rooms'],
    ['GET', 'rooms/made'],
    ['GET', 'rooms/locked'],
    ['GET', 'connections'],
    ['POST', 'publish', `{"channel": "room:1", "secret ${secrets.madePassword}`],
    [
      'PUT',
      'notification-preferences/ada',
      {
        email: 'ada@example.com',
        webhook_url: 'http://127.0.0.1:9/hook',
      },
    ],
    [
      'POST',
      'notifications',
      {
        title: 't',
        message: 'm',
        recipients: ['ada'],
        channels: ['email', 'webhook'],
      },
    ],
    ['GET', 'channels/%c0%af/history'],
  ] as const) {
    await call(method, path, asServer, body)
  }
  for (const open of [openSocket, openStream]) {
    const ada = await open(server, own.adaToken)
    const eve = await open(server, own.eveToken)
    own[`sessionOfAda${answers.length}`] = ada.session
    own[`sessionOfEve${answers.length}`] = eve.session
    for (const way of [ada, eve]) {
      // Its own session is told to each connection, once.
      frames.push(() => JSON.stringify(way.frames.filter(({ type }) => type !== 'connection')))
      for (const frame of [
        { type: 'auth', token: secrets.forgedToken },
        { type: 'auth', token: secrets.unknownToken },
        { type: 'auth', token: own.badlySigned },
        { type: 'auth', token: own.expired },
        { type: 'auth', token: secrets.serverKey },
        { type: 'auth', token: { nested: secrets.forgedToken } },
        { type: 'subscribe', channel: 'room:locked', password: secrets.wrongPassword },
        { type: 'subscribe', channel: 'room:locked', password: secrets.roomPassword },
        { type: 'subscribe', channel: 'room:made', password: secrets.madePassword, presence: true },
        { type: 'subscribe', channel: 'closed:1', password: secrets.wrongPassword },
        { type: 'subscribe', channel: 5, password: secrets.wrongPassword },
        { type: 'publish', channel: 'room:made', event: 'e', payload: 1 },
      ]) {
        answers.push(JSON.stringify(await way.ask(frame)))
      }
    }
    await call('GET', 'notifications', { authorization: `Session ${ada.session}` })
    await call('GET', 'channels/room:made/history', { authorization: `Session ${ada.session}` })
  }
  await call('GET', 'connections', asServer)
  await call('GET', 'notification-deliveries', asServer)
  await call('GET', 'revocations', asServer)
  // What fails where nobody waits for an answer is written down too.
  await expect.poll(() => call('GET', 'notification-deliveries', asServer)).toMatch(/ECONNREFUSED/)
  await expect
    .poll(() => server.written)
    .toContain('the keys of the token issuer could not be fetched')
  await stillServes(server)
  const received = frames.map((read) => read()).join('\n')
  await server.stop()

  const all = { ...secrets, ...own }
  expect(Object.values(all).filter((secret) => secret.length < 20)).toEqual([])
  for (const [name, secret] of Object.entries(all)) {
    for (const form of [
      secret,
      Buffer.from(secret).toString('base64'),
      encodeURIComponent(secret),
    ]) {
      expect.soft(server.written.includes(form), `${name} is written by the server`).toBe(false)
      expect.soft(answers.join('\n').includes(form), `${name} is answered`).toBe(false)
      expect.soft(received.includes(form), `${name} is sent`).toBe(false)
    }
  }
  expect(server.logLines.length).toBeGreaterThan(1)
})

it('what fails inside is for the log alone', async () => {
  const server = await LoggedServer.start(
    { jwtSecret: canary('jwt'), serverKey: canary('key') },
    { channels: { 'serving:*': {}, 'room:*': { history: true } } },
  )
  const token = await server.tokenOf('eve')
  for (const path of ['/health/live', '/health/ready', '/openapi.json', '/docs', '/x', '/%ff']) {
    const response = await fetch(`${server.address}${path}`)
    const text = await response.text()
    expect(text).not.toMatch(
      /node_modules|packages\/|\.ts:\d+|\/tmp\/|\/work|at \w+ \(|sqlite|SELECT/i,
    )
    expect(response.headers.get('server')).toBeNull()
    expect(response.headers.get('x-powered-by')).toBeNull()
  }
  for (const path of [
    'channels/%ff',
    'channels/room:1/history?since=%00',
    'notifications?cursor=%00',
  ]) {
    const response = await fetch(`${server.url}/${path}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(response.status).toBeLessThan(500)
    expect(await response.text()).not.toMatch(/node_modules|\.ts:\d+|\/tmp\/|at \w+ \(|SELECT/i)
  }
  await stillServes(server)
})
