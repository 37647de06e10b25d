import { usePresence, useRoom, WebSocketClient, type WebSocketClientOptions } from '@coterie/client'
import { bindYjs } from '@coterie/client/yjs'
import { createHub, type Hub } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { Doc } from 'yjs'
import { FaultProxy } from '../faults/fault-proxy.ts'
import { becomes } from '../sse/client-user.ts'

const CHANNEL = 'room:plans'

let hub: Hub
let url: string

beforeAll(async () => {
  hub = createHub({
    engine: 'memory',
    authenticator: nameAuthenticator,
    channels: { 'room:*': { history: true, presence: true, state: true } },
  })
  url = await hub.listen({ port: 0 })
})

afterAll(() => hub.close())

/** A page that shows a document and who is in its room, in either order. */
function open(
  name: string,
  isRoomFirst: boolean,
  { address = url, ...options }: Partial<WebSocketClientOptions> & { address?: string } = {},
) {
  const client = new WebSocketClient({
    url: address.replace('http', 'ws'),
    token: name,
    reconnectDelay: 20,
    ...options,
  })
  onTestFinished(() => client.disconnect())
  client.connect()
  const doc = new Doc()
  const user = { id: name, name }
  const bind = () => bindYjs({ client: client.connection, channel: CHANNEL, doc })
  const enter = () => {
    const room = useRoom({ client, roomId: 'plans', user })
    room.join()
    return { room, presence: usePresence({ client, room: 'plans', user }) }
  }
  const text = doc.getText('content')
  if (!isRoomFirst) return { client, doc, text, binding: bind(), ...enter() }
  return { client, doc, text, ...enter(), binding: bind() }
}

it.each(['websocket', 'sse'] as const)(
  'keeps a document in step beside the hooks of its room, over %s, after a cut too',
  async (transport) => {
    const proxy = await FaultProxy.start(() => Number(new URL(url).port))
    const transports = [transport] as const
    const address = `http://127.0.0.1:${proxy.port}`
    const ada = open(`ada-${transport}`, true, { address, transports })
    const bob = open(`bob-${transport}`, false, { transports })
    const pages = [ada, bob]
    const inStep = () => Promise.all(pages.map(({ binding }) => becomes(binding.isSynced, Boolean)))
    await Promise.all(pages.map(({ presence }) => becomes(presence.others, ([other]) => !!other)))
    await inStep()
    ada.text.insert(0, 'from ada ')
    expect(ada.binding.isSynced()).toBe(false)
    await inStep()
    proxy.cut()
    ada.text.insert(0, 'cut ')
    await becomes(ada.binding.isSynced, Boolean)
    const heard = new Promise((resolve) => bob.client.on('hello', resolve))
    await ada.room.broadcast('hello', 'bob')
    expect(await heard).toBe('bob')
    bob.text.insert(0, 'from bob ')
    await inStep()
    for (const { room, presence } of pages) {
      room.leave()
      presence.leave()
    }
    ada.text.insert(0, 'alone ')
    await inStep()
    const late = open(`late-${transport}`, false)
    await becomes(late.binding.isSynced, Boolean)
    expect(late.text.toString()).toContain('alone ')
    expect(late.text.toString()).toBe(ada.text.toString())
  },
)
