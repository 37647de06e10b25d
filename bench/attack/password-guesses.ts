import { tokenFor } from '../peers/attacked.ts'
import { openAttackSocket, sent } from './attack-socket.ts'
import type { AttackOutcome, AttackPlan } from './plan.ts'

const ROOMS = 40
const GUESSES_A_ROOM = 5
/** Keeps within the rate of frames. */
const REST_MS = 25

/** Guesses the passwords of many rooms, as often as each room allows. */
export async function guessPasswords(plan: AttackPlan): Promise<AttackOutcome> {
  const endsAt = Date.now() + plan.forMs
  let taken = 0
  const attacker = async (index: number): Promise<void> => {
    const socket = await openAttackSocket(plan.port)
    if (!socket) return
    socket.on('message', (data) => {
      if (String(data).startsWith('{"type":"error"')) taken += 1
    })
    await sent(socket, JSON.stringify({ type: 'auth', token: tokenFor(`eve-${index}`) }))
    for (let guess = 0; guess < ROOMS * GUESSES_A_ROOM && Date.now() < endsAt; guess += 1) {
      const channel = `room:locked-${guess % ROOMS}`
      await sent(
        socket,
        JSON.stringify({ type: 'subscribe', id: `${guess}`, channel, password: `${guess}` }),
      )
      await new Promise((resolve) => setTimeout(resolve, REST_MS))
    }
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, endsAt - Date.now())))
    socket.terminate()
  }
  await Promise.all(Array.from({ length: plan.connections }, (_, index) => attacker(index)))
  return { taken }
}
