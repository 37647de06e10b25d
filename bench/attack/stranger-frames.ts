import { openAttackSocket, sent } from './attack-socket.ts'
import type { AttackOutcome, AttackPlan } from './plan.ts'

const FRAME_BYTES = 65_536

/** Sends frames that cost much to read, as fast as they are taken, and never says who it is. */
export async function sendStrangerFrames(plan: AttackPlan): Promise<AttackOutcome> {
  const endsAt = Date.now() + plan.forMs
  let taken = 0
  const attacker = async (): Promise<void> => {
    while (Date.now() < endsAt) {
      const socket = await openAttackSocket(plan.port)
      socket?.on('error', () => {})
      while (socket?.readyState === socket?.OPEN && Date.now() < endsAt) {
        if (!socket) break
        await sent(socket, costlyFrame())
        taken += 1
      }
      socket?.terminate()
    }
  }
  await Promise.all(Array.from({ length: plan.connections }, attacker))
  return { taken }
}

function costlyFrame(): string {
  const head = '{"type":"publish","channel":"bench:1","event":"e","payload":['
  const element = '{"1":[]},'
  const count = Math.floor((FRAME_BYTES - head.length - 4) / element.length)
  return `${head}${element.repeat(count)}0]}`
}
