import { connect } from 'node:net'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { AttackedHub, SERVER_KEY } from './attacked-hub.ts'
import { stillServes } from './still-serves.ts'

let attacked: AttackedHub

beforeEach(async () => {
  attacked = await AttackedHub.start({ channels: { 'room:*': { history: true } } })
  return () => stillServes(attacked)
})

/** The head of the answer to a request that is written byte for byte. */
function headOf(request: string): Promise<string> {
  const { hostname, port } = new URL(attacked.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request))
    onTestFinished(() => void socket.destroy())
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      text += chunk
      const end = text.indexOf('\r\n\r\n')
      if (end !== -1) resolve(text.slice(0, end))
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })
}

const HOSTILE = [
  'x%0d%0aX-Evil:%201',
  'x%0aX-Evil:%201',
  'x%0dX-Evil:%201',
  'x%00',
  'x%3E%3B%20rel%3D%22next%22%2C%20%3Chttps%3A%2F%2Fevil.example%3E',
  'x%E5%98%8D%E5%98%8AX-Evil:1',
  'x>; rel="next", <https://evil.example',
  '%F0%9F%91%8B',
]

it.each(HOSTILE)('nothing of a query becomes a header: %s', async (hostile) => {
  const as = attacked.tokenOf('ada')
  for (const [list, path, body] of [
    ['subscriptions', 'subscriptions/topic', { topic: 'room:1' }],
    ['notifications', 'notifications', { title: 't', message: '', recipients: ['ada'] }],
  ] as const) {
    for (const _ of [1, 2]) {
      const key = list === 'notifications' ? SERVER_KEY : as
      await attacked.rest('POST', path, { as: key, body })
    }
    for (const query of [
      `page_size=1&other=${hostile}`,
      `page_size=1&${hostile}=1`,
      `page_size=1&cursor=${hostile}`,
      `page_size=1&user_id=${hostile}`,
      `page_size=1&label=${hostile}`,
    ]) {
      // A space or a quote would end the address of the request.
      const target = `/api/realtime/${list}?${query.replace(/[ "<>]/g, encodeURIComponent)}`
      const head = await headOf(
        `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${as}\r\nConnection: close\r\n\r\n`,
      )
      expect.soft(head).toMatch(/^HTTP\/1\.1 (200|400|403) /)
      for (const line of head.split('\r\n').slice(1)) {
        expect.soft(line).toMatch(/^[a-zA-Z-]+: [\x20-\x7e]*$/)
        expect.soft(line).not.toMatch(/^x-evil/i)
      }
      const link = /^link: (.*)$/im.exec(head)?.[1]
      if (link !== undefined) expect.soft(link).toMatch(/^<\?[^<>"\s]*>; rel="next"$/)
    }
  }
})

it.each([
  '/api/realtime/notifications/x%0d%0aX-Evil:1',
  '/api/realtime/channels/x%0d%0aLocation:%20https:%2f%2fevil.example',
  '//evil.example/api/realtime/channels',
  '/\\evil.example',
  '/api/realtime//evil.example',
  '/docs/%2e%2e//evil.example',
  '/api/realtime/',
  'http://evil.example/docs',
])('%s leads nowhere else', async (target) => {
  const as = attacked.tokenOf('ada')
  const head = await headOf(
    `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${as}\r\nConnection: close\r\n\r\n`,
  )
  expect(head).toMatch(/^HTTP\/1\.1 (200|400|404) /)
  expect(head).not.toMatch(/^(location|x-evil|refresh):/im)
})

it.each([
  'https://evil.example',
  'null',
  'https://app.example.com.evil.example',
  'https://app.example.com@evil.example',
  'https://evil.example\t',
  'HTTPS://APP.EXAMPLE.COM',
  '*',
])('the Origin %s is not reflected', async (origin) => {
  for (const allowedOrigins of [[], ['https://app.example.com']]) {
    const other = await AttackedHub.start({ allowedOrigins })
    const as = other.tokenOf('ada')
    for (const [method, path] of [
      ['GET', 'notifications'],
      ['OPTIONS', 'notifications'],
      ['GET', 'no-such-path'],
      ['GET', 'events?channels=nowhere'],
      ['POST', 'tickets'],
    ] as const) {
      const { headers } = await other.rest(method, path, { as, headers: { origin } })
      const allowed = headers.get('access-control-allow-origin')
      expect.soft(allowed, `${method} ${path}`).not.toBe(origin === '*' ? undefined : origin.trim())
      if (allowed !== null) expect.soft(headers.get('access-control-allow-credentials')).toBeNull()
    }
  }
})

it('a subprotocol is not reflected', async () => {
  const socket = new WebSocket(`${attacked.url.replace('http', 'ws')}/ws`, ['evil', 'coterie.v2'], {
    headers: { authorization: `Bearer ${attacked.tokenOf('ada')}` },
  })
  onTestFinished(() => socket.terminate())
  const answered = await new Promise<string>((resolve) => {
    socket.on('upgrade', ({ headers }) => resolve(headers['sec-websocket-protocol'] ?? 'none'))
    socket.on('unexpected-response', () => resolve('none'))
    socket.on('error', () => {})
  })
  expect(answered).toBe('none')
})

it('a value of a header that comes back stays text in JSON', async () => {
  const as = attacked.tokenOf('ada')
  const type = '<script>alert(1)</script>'
  for (const name of ['content-type', 'idempotency-key', 'accept']) {
    const answer = await attacked.rest('POST', 'subscriptions/topic', {
      as,
      body: { topic: type },
      headers: { [name]: type },
    })
    expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/)
    expect(answer.body).toBeDefined()
  }
})

it('the reference page runs nothing and takes nothing from a request', async () => {
  const plain = await attacked.rest('GET', '/docs')
  const policy = plain.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toMatch(/unsafe|script-src|\*/)
  expect(plain.headers.get('x-content-type-options')).toBe('nosniff')
  expect(plain.text).not.toMatch(/<script|<iframe|<object|\son\w+=|javascript:/i)
  for (const query of ['?q=<script>alert(1)</script>', '?%3Cscript%3E', '#<script>']) {
    const headers = { 'x-forwarded-host': '<script>', referer: '<script>' }
    const asked = await attacked.rest('GET', `/docs${query}`, { headers })
    expect(asked.text).toBe(plain.text)
  }
})
