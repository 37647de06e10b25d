import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inProcessRoutes } from '@coterie/example-in-process'
import { createHub } from '@coterie/server'
import { getRequestListener } from '@hono/node-server'
import { EventSource } from 'eventsource'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

async function start() {
  const stopping = new AbortController()
  const hub = createHub({ anonymous: true, engine: 'memory' })
  const routes = inProcessRoutes(hub, stopping.signal)
  const server = createServer(getRequestListener(routes.fetch, { overrideGlobalObjects: false }))
  hub.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    stopping.abort()
    await hub.close()
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const call = async (path: string, body?: object) => {
    const init = body && { method: 'POST', body: JSON.stringify(body) }
    const response = await fetch(`${url}${path}`, init)
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  return { url, server, call }
}

it('is a chat room by requests, which a socket enters only as somebody', async () => {
  const { url, call } = await start()
  expect(await call('/chat/join', { user_id: 'ada' })).toMatchObject({ status: 200 })
  expect(await call('/chat/join', {})).toMatchObject({
    status: 400,
    body: { error: 'user_id: expected a text' },
  })
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/realtime/ws`)
  onTestFinished(() => socket.terminate())
  const frames: Record<string, unknown>[] = []
  const until = async (isIt: (frame: Record<string, unknown>) => boolean) => {
    while (!frames.some(isIt)) await once(socket, 'message')
    return frames.find(isIt)
  }
  socket.on('message', (data) => frames.push(JSON.parse(String(data))))
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'subscribe', id: 's', channel: 'chat:main', presence: true }))
  // A channel that the process created is for authenticated users, which this one is not.
  expect(await until(({ id }) => id === 's')).toMatchObject({ type: 'error', code: 'forbidden' })

  expect(await call('/chat/send', { user_id: 'eve', message: 'Hi' })).toMatchObject({ status: 403 })
  expect(await call('/chat/send', { user_id: 'ada', message: 'Hello' })).toMatchObject({
    body: { status: 'sent' },
  })
  expect(await call('/chat/receive', { user_id: 'ada' })).toMatchObject({
    body: { messages: [{ type: 'message', from: 'ada', text: 'Hello' }], missed: 0 },
  })
  expect(await call('/chat/members')).toMatchObject({
    body: { members: [{ client_id: 'ada', metadata: { name: 'ada' } }] },
  })
  await call('/chat/leave', { user_id: 'ada' })
  expect(await call('/chat/members')).toMatchObject({ body: { members: [] } })
})

it('streams events to one who was cut off, with all that was missed', async () => {
  const { url, server, call } = await start()
  const source = new EventSource(`${url}/events`)
  onTestFinished(() => source.close())
  const received: string[] = []
  let onEvent = (): void => {}
  const opened = Promise.withResolvers<void>()
  source.addEventListener('connect', () => opened.resolve())
  source.addEventListener('message', ({ data }) => {
    received.push(String(data))
    onEvent()
  })
  const reached = async (count: number): Promise<void> => {
    while (received.length < count) {
      await new Promise<void>((resolve) => {
        onEvent = resolve
      })
    }
  }
  await opened.promise
  await call('/events', { data: 'one' })
  await reached(1)
  server.closeAllConnections()
  await once(source, 'error').catch(() => {})
  for (const data of ['two', 'three']) await call('/events', { data })
  await reached(3)
  expect(received).toEqual(['one', 'two', 'three'])
})
