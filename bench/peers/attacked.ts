import { createHmac } from 'node:crypto'
import type { Hub, HubOptions } from '@coterie/server'

const SECRET = 'a secret of benchmarks, which attack nobody else'
const LIFE_SECONDS = 3_600
const ROOMS = 40

/** What a server under attack is: its limits are those that everybody has. */
export const ATTACKED: HubOptions = {
  jwtSecret: SECRET,
  channels: { 'bench:*': { history: true }, 'room:*': { history: true } },
  rooms: { hall: { maxUsers: 1_000 } },
  engine: 'memory',
  store: 'memory',
}

/** Makes rooms whose passwords are only known as hashes. */
export async function makeLockedRooms(hub: Hub): Promise<void> {
  for (let n = 0; n < ROOMS; n += 1) {
    await hub.rooms.create(`locked-${n}`, { password: 'sesame', persist: true })
  }
}

/** Signs the token of a user. */
export function tokenFor(userId: string): string {
  const exp = Math.floor(Date.now() / 1_000) + LIFE_SECONDS
  const parts = [{ alg: 'HS256' }, { sub: userId, exp }]
  const text = parts
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`
}
