import type { TestUser } from '@coterie/testing'
import { createTestHub, testPrincipal } from '@coterie/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Located, operationsOf, readDocument } from '../../rest/checked-fetch.ts'
import { openRestHub } from '../../rest/rest-hub.ts'
import {
  BYTES_PER_BYTE,
  closed,
  FREE_BYTES,
  fill,
  fillInboxes,
  meteredParts,
  ROOMS,
  settled,
} from './filled-world.ts'
import { burst } from './heavy-frames.ts'

const GRANTS = [{ channels: '#', actions: ['*'] as const }]
const REST_USERS = 20
/** Answered by a connection that stays, which has bounds of its own. */
const STREAMS = new Set(['GET /api/realtime/events', 'GET /api/realtime/ws'])

function bytesTo(user: TestUser): number {
  return user.texts.reduce((sum, text) => sum + text.length, 0)
}

it('reads, sends and keeps for a client no more than a bound and what it sent', async () => {
  const { meter, parts } = meteredParts()
  const { clock } = parts
  const { hub, connect } = await createTestHub(parts)
  await fill(hub)
  let users = 0
  await fc.assert(
    fc.asyncProperty(burst, async (frames) => {
      users += 1
      const principal = testPrincipal(`eve-${users}`, { grants: GRANTS })
      const eve = await connect(`eve-${users}`, 0, principal)
      const before = meter.bytes
      const texts = frames.map((frame, n) => JSON.stringify({ ...frame, id: String(n) }))
      for (const text of texts) eve.sendText(text)
      await clock.advance(10)
      const sent = texts.reduce((sum, text) => sum + text.length, 0)
      expect(meter.bytes - before + bytesTo(eve)).toBeLessThan(FREE_BYTES + BYTES_PER_BYTE * sent)
      eve.cut()
      await clock.advance(60_000)
    }),
    { numRuns: 600, endOnFailure: true },
  )
  await closed(hub, clock)
})

it('reads and sends for the requests of a user no more than a bound and what they sent', async () => {
  const { meter, parts } = meteredParts()
  const { clock } = parts
  const { hub, call } = await openRestHub(parts)
  await fill(hub)
  const recipients = Array.from({ length: REST_USERS }, (_, n) => `eve-${n}`)
  await fillInboxes(hub, recipients)
  const document = await readDocument((request) => hub.fetch(request))
  const ofUsers = operationsOf(document).filter(
    (located) =>
      !STREAMS.has(nameOf(located)) &&
      located.operation.security?.some((way) => 'userToken' in way),
  )
  const operations = new Map(ofUsers.map((located) => [nameOf(located), located]))
  const name = fc.constantFrom(...operations.keys())
  const requests = fc.oneof(
    fc
      .tuple(name, fc.constantFrom(...ROOMS), fc.nat(100))
      .map(([one, room, times]) => Array<[string, string]>(times).fill([one, room])),
    fc.array(fc.tuple(name, fc.constantFrom(...ROOMS)), { maxLength: 100 }),
  )
  let users = 0
  await fc.assert(
    fc.asyncProperty(requests, async (asked) => {
      const user = `eve-${users % REST_USERS}`
      users += 1
      const before = meter.bytes
      let bytes = 0
      let sent = 0
      for (const [one, room] of asked) {
        const located = operations.get(one)
        if (!located) continue
        const path = pathOf(located, { name: room, user_id: user })
        const body = located.operation.requestBody?.content['application/json']?.example
        const answer = await settled(
          clock,
          call(located.method, path, {
            as: user,
            ...(body !== undefined && { body }),
          }),
        )
        bytes += JSON.stringify(answer.body).length
        sent += path.length + JSON.stringify(body ?? '').length
      }
      expect(meter.bytes - before + bytes).toBeLessThan(FREE_BYTES + BYTES_PER_BYTE * sent)
      await clock.advance(600_000)
    }),
    { numRuns: 3 * REST_USERS, endOnFailure: true },
  )
  await closed(hub, clock)
})

const nameOf = ({ method, path }: Located): string => `${method} ${path}`

/** The path with its parameters, and as many items a page as can be had. */
function pathOf({ path, operation }: Located, values: Record<string, string>): string {
  const valueFor = (name: string): string => encodeURIComponent(values[name] ?? 'one')
  const filled = path.replace(/\{([^}]+)\}/g, (_, name: string) => valueFor(name))
  const has = (name: string): boolean =>
    operation.parameters?.some((one) => one.name === name) === true
  const query = [
    has('limit') && 'limit=1000',
    has('page_size') && 'page_size=100',
    has('user_id') && !path.includes('{user_id}') && `user_id=${valueFor('user_id')}`,
  ]
  return `${filled}?${query.filter(Boolean).join('&')}`
}
