import type { Hub, HubOptions } from '@coterie/server'
import type { FakeClock } from '@coterie/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
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
import type { Meter } from './metered.ts'

const USERS = 10
/** More than a user may have at once. */
const MAX_STREAMS = 120

/** One stream: of which channels, since when, and how it is read. */
interface Opening {
  readonly rooms: readonly string[]
  readonly since: 'first' | 'now' | 'nonsense'
  readonly reader: 'takes all' | 'takes one' | 'takes nothing' | 'leaves'
}

const opening: fc.Arbitrary<Opening> = fc.record({
  rooms: fc.subarray(ROOMS),
  since: fc.constantFrom('first', 'first', 'now', 'nonsense'),
  reader: fc.constantFrom('takes all', 'takes one', 'takes nothing', 'leaves'),
})
const openings = fc.oneof(
  fc.tuple(opening, fc.nat(MAX_STREAMS)).map(([one, times]) => Array<Opening>(times).fill(one)),
  fc.array(opening, { maxLength: MAX_STREAMS }),
)

/** What streams cost: bytes that were sent for them, and that they caused. */
interface Cost {
  sent: number
  caused: number
}

/** Opens streams of users and counts what they cause. */
class StreamOpener {
  readonly #hub: Pick<Hub, 'fetch' | 'figures'>
  readonly #clock: FakeClock
  readonly #meter: Meter
  readonly #firsts: ReadonlyMap<string, string>

  constructor(
    hub: Pick<Hub, 'fetch' | 'figures'>,
    clock: FakeClock,
    meter: Meter,
    firsts: ReadonlyMap<string, string>,
  ) {
    this.#hub = hub
    this.#clock = clock
    this.#meter = meter
    this.#firsts = firsts
  }

  /** Opens them all for one user, in no time, and ends them. */
  async costOf(user: string, all: readonly Opening[]): Promise<Cost> {
    const before = this.#meter.bytes
    const cost = { sent: 0, caused: 0 }
    const readers: ReadableStreamDefaultReader<Uint8Array>[] = []
    for (const one of all) {
      const request = this.#request(user, one)
      const id = request.headers.get('last-event-id') ?? ''
      cost.sent += request.url.length + id.length
      const { body } = await settled(this.#clock, this.#hub.fetch(request))
      const reader = body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined
      if (!reader) continue
      readers.push(reader)
      void this.#take(reader, one.reader, cost)
    }
    await this.#clock.advance(10)
    cost.caused += this.#meter.bytes - before + this.#hub.figures().queuedBytes
    for (const reader of readers) void reader.cancel()
    await this.#clock.advance(600_000)
    return cost
  }

  /** Opens one that is read to its end, and counts what it brings by its kind. */
  async open(user: string, one: Opening) {
    const { body } = await settled(this.#clock, this.#hub.fetch(this.#request(user, one)))
    const reader = (body as ReadableStream<Uint8Array>).getReader()
    let text = ''
    const take = async (): Promise<void> => {
      const decoder = new TextDecoder()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        text += decoder.decode(value, { stream: true })
      }
    }
    void take()
    const count = (kind: string): number => text.split(`event: ${kind}\n`).length - 1
    return {
      events: () => ({ event: count('event'), notification: count('notification') }),
      cancel: () => reader.cancel(),
    }
  }

  #request(user: string, { rooms, since }: Opening): Request {
    const id = rooms.map((room) => (since === 'first' ? this.#firsts.get(room) : 'none:1'))
    return new Request(`http://hub/api/realtime/events?channels=${rooms}`, {
      headers: {
        authorization: `Bearer ${user}`,
        ...(since !== 'now' && { 'last-event-id': id.join(',') }),
      },
    })
  }

  async #take(
    reader: ReadableStreamDefaultReader<Uint8Array>,
    way: Opening['reader'],
    cost: Cost,
  ): Promise<void> {
    if (way === 'takes nothing') return
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      cost.caused += value.length
      if (way === 'takes one') return
      if (way === 'leaves') return reader.cancel()
    }
  }
}

async function openWorld(limits: HubOptions['limits'] = {}) {
  const { meter, parts } = meteredParts()
  const { clock } = parts
  const users = Array.from({ length: USERS }, (_, n) => `eve-${n}`)
  const { hub } = await openRestHub({ ...parts, limits })
  const described = await Promise.all(
    ROOMS.map((room) => hub.channelReader.describe(room, undefined)),
  )
  const firsts = ROOMS.map((room, n): [string, string] => {
    const one = described[n]
    return [room, one?.ok ? String(one.value.position) : '-']
  })
  await fill(hub)
  await fillInboxes(hub, users)
  const opener = new StreamOpener(hub, clock, meter, new Map(firsts))
  return { hub, clock, users, opener }
}

it('reads, sends and keeps for the streams of a user no more than a bound and what they sent', async () => {
  const { hub, clock, users, opener } = await openWorld()
  let runs = 0
  await fc.assert(
    fc.asyncProperty(openings, async (all) => {
      const user = users[runs % USERS] ?? ''
      runs += 1
      const { sent, caused } = await opener.costOf(user, all)
      expect(caused).toBeLessThan(FREE_BYTES + BYTES_PER_BYTE * sent)
    }),
    { numRuns: 40, endOnFailure: true },
  )
  await closed(hub, clock)
})

it.each<[string, Opening]>([
  [
    'that come back for all that was missed',
    {
      rooms: ROOMS,
      since: 'first',
      reader: 'takes all',
    },
  ],
  ['that get what waits in the inbox', { rooms: [], since: 'now', reader: 'takes all' }],
])('finds the cost of streams %s where answers are not bounded', async (_, one) => {
  const { hub, clock, opener } = await openWorld({ answeredBytesPerSecond: 0 })
  const { sent, caused } = await opener.costOf('eve-0', Array<Opening>(60).fill(one))
  expect(caused).toBeGreaterThan(FREE_BYTES + BYTES_PER_BYTE * sent)
  await closed(hub, clock)
})

it('a stream gets all that it missed and all that waits, later where there is no room for it', async () => {
  const { hub, clock, opener } = await openWorld({
    answeredBytesPerSecond: 262_144,
    answeredBytesBurst: 262_144,
  })
  const stream = await opener.open('eve-0', { rooms: ROOMS, since: 'first', reader: 'takes all' })
  await clock.advance(1_000)
  const early = stream.events()
  await clock.advance(60_000)
  expect(early.event).toBeLessThan(1_000)
  expect(stream.events()).toEqual({ event: 2_000, notification: 300 })
  await stream.cancel()
  await closed(hub, clock)
})
