import { EventEmitter } from 'node:events'
import type { WebSocket } from 'ws'
import { hub } from './hub.ts'

export { hub } from './hub.ts'

hub.createChannel('chat:general')
/** Somebody of this process in a channel, which ends once those who wait for it wait. */
export const subscriber = hub.join('chat:general', 'worker-1')
setImmediate(() => hub.removeChannel('chat:general'))

/** Asks a client whether it is there, by means of the application. */
export function ask(client: string): void {
  hub.heartbeat.pong(client)
}

/** What carries texts between the processes of an application. */
export const bus = {
  publish: async (_channel: string, _text: string): Promise<void> => {},
  subscribe: async (channel: string, _handler: (text: string) => void): Promise<string> => channel,
  unsubscribe: async (id: string): Promise<boolean> => id !== '',
  close: async (): Promise<void> => {},
}

/** The event that somebody has read. */
export const eventId = '0196f2f0-7c1e-7d53-9c57-3b8f6a0c1d2e'

/** A server of sockets with a protocol of its own, which knows who its peers are. */
export const socketServer = new EventEmitter<{
  connection: [socket: WebSocket, peer: { roomId: string; userId: string }]
}>()
