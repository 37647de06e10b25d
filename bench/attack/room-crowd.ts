import type { WebSocket } from 'ws'
import { tokenFor } from '../peers/attacked.ts'
import { openAttackSocket } from './attack-socket.ts'
import type { AttackOutcome, AttackPlan } from './plan.ts'

/** Brings very many users into a room of few more places at once, and away again. */
export async function crowdRoom(plan: AttackPlan): Promise<AttackOutcome> {
  const sockets = await Promise.all(
    Array.from({ length: plan.connections }, () => openAttackSocket(plan.port)),
  )
  const beganAt = Date.now()
  let taken = 0
  let completeMs = Number.NaN
  const entered = sockets.map((socket, index) =>
    socket
      ? enter(socket, index).then(() => {
          taken += 1
          completeMs = Date.now() - beganAt
        })
      : undefined,
  )
  const late = new Promise((resolve) => setTimeout(resolve, plan.forMs))
  await Promise.race([Promise.all(entered), late])
  for (const socket of sockets) socket?.terminate()
  return { taken, completeMs }
}

function enter(socket: WebSocket, index: number): Promise<void> {
  const done = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      if (String(data).startsWith('{"type":"reply","id":"in"')) resolve()
    })
  })
  socket.send(JSON.stringify({ type: 'auth', token: tokenFor(`crowd-${index}`) }))
  socket.send(JSON.stringify({ type: 'subscribe', id: 'in', channel: 'room:hall' }))
  return done
}
