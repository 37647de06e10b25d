import { WebSocket } from 'ws'
import { ATTACKER_ADDRESS } from './plan.ts'

/** Opens a WebSocket from the attacker's address; undefined where that is refused. */
export function openAttackSocket(port: number): Promise<WebSocket | undefined> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/realtime/ws`, {
    localAddress: ATTACKER_ADDRESS,
    perMessageDeflate: false,
  })
  return new Promise((resolve) => {
    socket.once('open', () => resolve(socket))
    socket.once('error', () => resolve(undefined))
  })
}

/** Resolves once all that was sent has left, or nothing more can. */
export function sent(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve) => socket.send(text, () => resolve()))
}
