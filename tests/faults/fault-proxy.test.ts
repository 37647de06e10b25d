import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { FaultProxy } from './fault-proxy.ts'

let proxy: FaultProxy
let served: Socket[] = []

beforeEach(async () => {
  served = []
  const echo = createServer((socket) => {
    served.push(socket)
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  onTestFinished(() => {
    echo.close()
  })
  proxy = await FaultProxy.start(() => (echo.address() as AddressInfo).port)
})

async function connect(): Promise<Socket> {
  const socket = createConnection({ port: proxy.port, host: '127.0.0.1' })
  socket.on('error', () => {})
  onTestFinished(() => {
    socket.destroy()
  })
  await once(socket, 'connect')
  return socket
}

// Unlike `once`, it does not mind that an error comes first.
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

async function echoed(socket: Socket, text: string): Promise<string> {
  socket.write(text)
  let received = ''
  while (received.length < text.length) received += String((await once(socket, 'data'))[0])
  return received
}

it('passes bytes both ways, late where it is told to', async () => {
  const socket = await connect()
  expect(await echoed(socket, 'hello')).toBe('hello')
  proxy.delayMs = 20
  const startedAt = performance.now()
  expect(await echoed(socket, 'late')).toBe('late')
  expect(performance.now() - startedAt).toBeGreaterThan(30)
})

it('lets nothing overtake what is late, nor follow what is lost', async () => {
  const socket = await connect()
  const pieces = Array.from({ length: 30 }, (_, index) => `${index} `)
  const received = echoed(socket, pieces[0] as string)
  let text = ''
  socket.on('data', (data) => {
    text += data
  })
  await received
  for (const [index, piece] of pieces.slice(1).entries()) {
    proxy.delayMs = (index * 7.3) % 20
    await new Promise((resolve) => socket.write(piece, resolve))
  }
  await expect.poll(() => text).toBe(pieces.join(''))

  proxy.delayMs = 0
  const heard: unknown[] = []
  proxy.halfOpen()
  proxy.oneWay('down')
  socket.on('data', (data) => heard.push(data))
  served[0]?.write('after the loss')
  expect(await echoed(await connect(), 'y')).toBe('y')
  expect(heard).toEqual([])
})

it('cuts both ends off', async () => {
  const socket = await connect()
  await echoed(socket, 'x')
  const bothClosed = Promise.all([closed(socket), closed(served[0] as Socket)])
  proxy.cut()
  await bothClosed
  expect(proxy.connections).toBe(0)
})

it('breaks a connection so that neither end notices', async () => {
  const socket = await connect()
  await echoed(socket, 'x')
  proxy.halfOpen()
  const heard: unknown[] = []
  served[0]?.on('data', (data) => heard.push(data))
  socket.write('lost')
  // Another connection, which is whole, shows that the first would have been heard by now.
  expect(await echoed(await connect(), 'y')).toBe('y')
  expect(heard).toEqual([])
  expect([socket.destroyed, served[0]?.destroyed]).toEqual([false, false])
})

it('lets bytes pass in one direction only', async () => {
  const socket = await connect()
  await echoed(socket, 'x')
  proxy.oneWay('up')
  const arrived = once(served[0] as Socket, 'data')
  const heard: unknown[] = []
  socket.on('data', (data) => heard.push(data))
  socket.write('up')
  expect(String((await arrived)[0])).toBe('up')
  expect(await echoed(await connect(), 'y')).toBe('y')
  expect(heard).toEqual([])
})

it('cuts in the middle of what is under way', async () => {
  const socket = await connect()
  await echoed(socket, 'x')
  proxy.truncate(3)
  let received = ''
  socket.on('data', (data) => {
    received += String(data)
  })
  const ended = closed(socket)
  socket.write('hello')
  await ended
  expect('hello'.startsWith(received)).toBe(true)
  expect(received.length).toBeLessThanOrEqual(3)
})

it('refuses new connections, or swallows them', async () => {
  proxy.newcomers = 'refuse'
  const refused = createConnection({ port: proxy.port, host: '127.0.0.1' })
  refused.on('error', () => {})
  await closed(refused)
  proxy.newcomers = 'swallow'
  const swallowed = await connect()
  swallowed.write('hello?')
  proxy.newcomers = 'accept'
  expect(await echoed(await connect(), 'y')).toBe('y')
  expect(swallowed.destroyed).toBe(false)
  expect(served).toHaveLength(1)
})
