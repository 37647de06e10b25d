import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, createServer as createNetServer } from 'node:net'
import { createHub, type Hub, type HubOptions } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'

const OPERATIONS = ['/docs', '/openapi.json', '/health/live', '/health/ready']

function makeHub(options: HubOptions = {}): Hub {
  const channels = { 'room:*': {} }
  const hub = createHub({ authenticator: nameAuthenticator, channels, ...options })
  onTestFinished(() => hub.close())
  return hub
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Makes an application that answers everything by its name, and says which paths it was asked for. */
function makeApplication(name = 'yours') {
  const asked: (string | undefined)[] = []
  const answer: Parameters<typeof createServer>[1] = ({ url }, response) => {
    asked.push(url)
    response.end(`${name}: ${url}`)
  }
  return { asked, answer }
}

async function textOf(url: string): Promise<string> {
  return (await fetch(url)).text()
}

/** Returns the first message of a socket, or the status with which it was refused. */
async function greetingOf(url: string): Promise<unknown> {
  const socket = new WebSocket(url.replace('http', 'ws'))
  onTestFinished(() => socket.terminate())
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  socket.on('message', (data) => resolve(JSON.parse(String(data))))
  socket.on('unexpected-response', (_, { statusCode }: IncomingMessage) => resolve(statusCode))
  socket.on('error', reject)
  return promise
}

describe('the paths of a hub on a server of the application', () => {
  it('are those below its prefix, and the application keeps the root', async () => {
    const { asked, answer } = makeApplication()
    const server = createServer(answer)
    makeHub().attach(server)
    const url = await listen(server)
    for (const path of [...OPERATIONS, '/', '/api/realtimes', '/health', '/docs/']) {
      expect(await textOf(url + path)).toBe(`yours: ${path}`)
    }
    expect(asked).toHaveLength(OPERATIONS.length + 4)
    for (const path of OPERATIONS) {
      const own = await fetch(`${url}/api/realtime${path}`)
      expect([path, own.status]).toEqual([path, 200])
    }
    expect(asked).toHaveLength(OPERATIONS.length + 4)
  })

  it('are described where they are', async () => {
    const server = createServer()
    makeHub({ prefix: '/live' }).attach(server)
    const url = await listen(server)
    const { paths } = (await (await fetch(`${url}/live/openapi.json`)).json()) as { paths: object }
    const outside = Object.keys(paths).filter((path) => !path.startsWith('/live/'))
    expect(outside).toEqual([])
    expect(Object.keys(paths)).toContain('/live/health/ready')
    expect((await fetch(`${url}/openapi.json`)).status).toBe(404)
    expect(await textOf(`${url}/live/docs`)).toContain('href="openapi.json"')
  })

  it('are at the root as well where that is asked for', async () => {
    const { asked, answer } = makeApplication()
    const server = createServer(answer)
    makeHub({ rootPaths: true }).attach(server)
    const url = await listen(server)
    for (const path of OPERATIONS) expect((await fetch(url + path)).status).toBe(200)
    expect(asked).toEqual([])
  })

  it('are the same for requests that a framework hands over', async () => {
    const statuses = async (hub: Hub, prefix: string) => {
      const answers = OPERATIONS.map((path) => hub.fetch(new Request(`http://hub${prefix}${path}`)))
      return (await Promise.all(answers)).map(({ status }) => status)
    }
    const hub = makeHub()
    expect(await statuses(hub, '')).toEqual([404, 404, 404, 404])
    expect(await statuses(hub, '/api/realtime')).toEqual([200, 200, 200, 200])
    expect(await statuses(makeHub({ rootPaths: true }), '')).toEqual([200, 200, 200, 200])
  })

  it('are at the root of a server of its own, unless they are asked to be below the prefix', async () => {
    const own = await makeHub().listen({ port: 0 })
    const below = await makeHub({ rootPaths: false }).listen({ port: 0 })
    for (const path of OPERATIONS) {
      expect((await fetch(own + path)).status).toBe(200)
      expect((await fetch(below + path)).status).toBe(404)
      expect((await fetch(`${below}/api/realtime${path}`)).status).toBe(200)
    }
  })
})

describe('listeners of the application', () => {
  it.each(['before', 'after'])(
    'that were added %s the hub answer what is theirs, once',
    async (when) => {
      const { asked, answer } = makeApplication()
      const server = createServer()
      if (when === 'before') server.on('request', answer)
      makeHub().attach(server)
      if (when === 'after') server.on('request', answer)
      const url = await listen(server)
      expect(await textOf(`${url}/x`)).toBe('yours: /x')
      expect(await textOf(`${url}/api/realtime/health/live`)).toBe('{"status":"ok"}')
      expect((await fetch(`${url}/api/realtime/nothing`)).status).toBe(404)
      expect((await fetch(`${url}/api/realtime/events`)).status).toBe(200)
      expect(asked).toEqual(['/x'])
    },
  )

  it('need not be there: then what is not the hub’s is answered with 404', async () => {
    const server = createServer()
    makeHub().attach(server)
    const url = await listen(server)
    expect((await fetch(`${url}/x`)).status).toBe(404)
    const { asked, answer } = makeApplication()
    server.on('request', answer)
    expect(await textOf(`${url}/x`)).toBe('yours: /x')
    expect(asked).toEqual(['/x'])
  })

  it('that ask first what is to be sent do not hear of what is the hub’s', async () => {
    const { asked, answer } = makeApplication()
    const server = createServer(answer)
    server.on('checkContinue', (asking, response) => {
      response.writeContinue()
      answer?.(asking, response)
    })
    makeHub().attach(server)
    const url = await listen(server)
    const post = async (path: string) => {
      const headers = { expect: '100-continue', 'content-length': '2' }
      const sent = request(url + path, { method: 'POST', headers })
      sent.on('continue', () => sent.end('{}'))
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      response.resume()
      return response.statusCode
    }
    expect(await post('/api/realtime/publish')).toBe(401)
    expect(await post('/x')).toBe(200)
    expect(asked).toEqual(['/x'])
  })

  it.each(['before', 'after'])(
    'for sockets that were added %s the hub share the server',
    async (when) => {
      const server = createServer()
      const addTheirs = () => {
        const theirs = new WebSocketServer({ server, path: '/theirs' })
        theirs.on('connection', (socket) => socket.send('{"type":"theirs"}'))
        onTestFinished(() => theirs.close())
      }
      if (when === 'before') addTheirs()
      makeHub().attach(server)
      if (when === 'after') addTheirs()
      const url = await listen(server)
      expect(await greetingOf(`${url}/theirs`)).toEqual({ type: 'theirs' })
      expect(await greetingOf(`${url}/api/realtime/ws?x=1`)).toMatchObject({ type: 'connection' })
      expect(await greetingOf(`${url}/api/realtime/nothing`)).toBe(404)
      expect(await greetingOf(`${url}/elsewhere`)).toBe(400)
    },
  )
})

describe('several hubs on one server', () => {
  it('have their own paths, and one answer for what is nobody’s', async () => {
    const server = createServer()
    const first = makeHub({ prefix: '/one' })
    first.attach(server)
    first.attach(server)
    makeHub({ prefix: '/two' }).attach(server)
    const url = await listen(server)
    for (const prefix of ['/one', '/two']) {
      expect(await textOf(`${url}${prefix}/health/live`)).toBe('{"status":"ok"}')
      expect(await greetingOf(`${url}${prefix}/ws`)).toMatchObject({ type: 'connection' })
    }
    expect((await fetch(`${url}/three`)).status).toBe(404)
    expect(await greetingOf(`${url}/three`)).toBe(404)
  })

  it('follow one another: a new one takes over from one that is closed', async () => {
    const { asked, answer } = makeApplication()
    const server = createServer(answer)
    const first = makeHub()
    first.attach(server)
    const url = await listen(server)
    await first.close()
    const apart = async (path: string) => (await fetch(`${url}/api/realtime/${path}`)).status
    expect(await Promise.all(['health/live', 'health/ready', 'channels'].map(apart))).toEqual([
      200, 503, 503,
    ])
    makeHub().attach(server)
    expect(await Promise.all(['health/live', 'health/ready', 'channels'].map(apart))).toEqual([
      200, 200, 401,
    ])
    expect(asked).toEqual([])
  })
})

describe('something other than a server', () => {
  const express = Object.assign(() => {}, {
    handle() {},
    listen() {},
    use() {},
    on() {},
    emit() {},
  })
  const koa = { callback() {}, listen() {}, use() {}, on() {}, emit() {} }
  const server = createServer()

  it.each<[string, unknown, RegExp]>([
    [
      'an application of Express',
      express,
      /got an application of Express: .*http\.createServer\(app\)/,
    ],
    ['an application of Koa', koa, /http\.createServer\(app\.callback\(\)\)/],
    ['an application of Fastify', { server, listen() {} }, /got an object with a `server`/],
    ['a listener', () => {}, /got a function: .*http\.createServer\(listener\)/],
    ['a server of sockets', createNetServer(), /got another object/],
    ['nothing', undefined, /got undefined/],
    ['a port', 8_080, /got 8080/],
    ['null', null, /got null/],
  ])('%s is refused in one sentence', (_, given, message) => {
    const attach = () => makeHub().attach(given as Server)
    expect(attach).toThrow(TypeError)
    expect(attach).toThrow(
      /^attach: expected a server of node:http, node:https or node:http2, got /,
    )
    expect(attach).toThrow(message)
  })
})
