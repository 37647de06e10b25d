import { expect, it } from 'vitest'
import { CLIENT_FRAMES } from '../../../packages/protocol/src/frames/client-frame.ts'
import { type Located, operationsOf, readDocument } from '../../rest/checked-fetch.ts'
import { type Call, openRestHub } from '../../rest/rest-hub.ts'
import { BYTES_PER_BYTE, closed, fill, meteredParts, settled } from './filled-world.ts'
import { FRAMES } from './heavy-frames.ts'
import { ROUTES } from './heavy-routes.ts'

/** What a refusal may cost whatever was sent. */
const FREE_BYTES = 4_096
const CALLS = 20

const nameOf = ({ method, path }: Located): string => `${method} ${path}`

async function openWorld() {
  const { meter, parts } = meteredParts()
  const { hub, call } = await openRestHub(parts)
  await fill(hub)
  const operations = operationsOf(await readDocument((request) => hub.fetch(request)))
  /** Bytes that are read for calls of a route, and what they may be. */
  const costOf = async (located: Located, as: string | undefined, by: Call = call) => {
    const path = located.path.replace(/\{[^}]+\}/g, 'room:full')
    const body = located.operation.requestBody?.content['application/json']?.example
    const before = meter.bytes
    for (let n = 0; n < CALLS; n += 1) {
      const options = { as, ...(body !== undefined && { body }) }
      await settled(parts.clock, by(located.method, path, options))
    }
    const sent = CALLS * (path.length + JSON.stringify(body ?? '').length)
    return { read: meter.bytes - before, bound: CALLS * FREE_BYTES + BYTES_PER_BYTE * sent }
  }
  return { hub, clock: parts.clock, operations, costOf }
}

it('knows who is charged for every route of the document, and what is heavy in every frame', async () => {
  const { hub, clock, operations } = await openWorld()
  expect([...ROUTES.keys()].sort()).toEqual(operations.map(nameOf).sort())
  expect(Object.keys(FRAMES).sort()).toEqual(Object.keys(CLIENT_FRAMES).sort())
  for (const located of operations) {
    const ways = (located.operation.security ?? []).flatMap((way) => Object.keys(way))
    const caller = ROUTES.get(nameOf(located))
    if (caller === 'stream') continue
    const isUsers = ways.includes('userToken')
    expect([nameOf(located), caller === 'user']).toEqual([nameOf(located), isUsers])
  }
  await closed(hub, clock)
})

it.each(['eve', 'wrong', undefined])(
  'reads next to nothing for %s at the routes that are not of users',
  async (as) => {
    const { hub, clock, operations, costOf } = await openWorld()
    for (const located of operations) {
      const caller = ROUTES.get(nameOf(located))
      if (caller === 'user' || caller === 'stream') continue
      const { read, bound } = await costOf(located, as)
      expect([nameOf(located), read < bound]).toEqual([nameOf(located), true])
    }
    await closed(hub, clock)
  },
)

it('finds a route that reads much before it refuses', async () => {
  const { hub, clock, operations, costOf } = await openWorld()
  const careless: Call = async () => {
    await hub.channelReader.history('room:full', { limit: 1_000, reverse: false }, undefined)
    return { status: 403, body: {}, headers: new Headers() }
  }
  const [located] = operations.filter((one) => ROUTES.get(nameOf(one)) === 'application')
  expect(located).toBeDefined()
  const { read, bound } = await costOf(located as Located, 'eve', careless)
  expect(read).toBeGreaterThan(bound)
  await closed(hub, clock)
})
