import { expect, it } from 'vitest'
import { startAttacked } from './attacked-server.ts'

it('counts tickets for their user, as all other requests', async () => {
  const limits = { userRequestsPerSecond: 1, userRequestsBurst: 3 }
  const server = await startAttacked({ limits })
  const ask = async (user: string, path = 'tickets', method = 'POST'): Promise<number> => {
    const headers = { authorization: `Bearer ${user}` }
    return (await fetch(`${server.url}/${path}`, { method, headers })).status
  }
  expect([await ask('eve'), await ask('eve'), await ask('eve')]).toEqual([200, 200, 200])
  expect(await ask('eve')).toBe(429)
  expect(await ask('eve', 'notifications', 'GET')).toBe(429)
  expect(await ask('ada')).toBe(200)
  expect(server.hub.figures().refused.userRequests).toBe(2)
})
