import { describe, expect, it } from 'vitest'
import { SpawnedServer } from '../reliability/spawned-server.ts'
import type { HeardEvents } from './heard-events.ts'
import { CHANNELS, publish, SERVER_KEY } from './streaming-hub.ts'
import { TcpRelay } from './tcp-relay.ts'

/** Opens an EventSource for the current test, as a user whose token it presents. */
export type OpenEventSource = (address: string, token: string) => Promise<HeardEvents>

/** A server, a relay before it, and one who listens through the relay. */
interface Scene {
  readonly server: SpawnedServer
  readonly heard: HeardEvents
  /** Does something while nobody can listen, with connections cut at its beginning. */
  whileAway(run: () => Promise<unknown>): Promise<void>
  /** Publishes the next numbers to a channel, each after the one before was acknowledged. */
  publishTo(channel: string, count: number): Promise<void>
}

async function createScene(
  open: OpenEventSource,
  channels: readonly string[],
  { shortensRetry = true, ...config }: { readonly shortensRetry?: boolean; engine?: string } = {},
): Promise<Scene> {
  const server = await SpawnedServer.start({ channels: CHANNELS, apiKeys: [SERVER_KEY], ...config })
  const relay = (await TcpRelay.start()).leadTo(server.url)
  relay.shortensRetry = shortensRetry
  const address = `${relay.url}/api/realtime/events?channels=${channels}`
  const heard = await open(address, await server.token('ada'))
  await heard.until('connection', 1)
  const prefix = `http://${new URL(server.url).host}/api/realtime`
  const published = new Map<string, number>()
  const publishTo = async (channel: string, count: number): Promise<void> => {
    const first = published.get(channel) ?? 0
    published.set(channel, first + count)
    for (let number = first; number < first + count; number += 1) {
      await publish(prefix, channel, number)
    }
  }
  const whileAway = async (run: () => Promise<unknown>): Promise<void> => {
    relay.isShut = true
    relay.cut()
    await run()
    relay.isShut = false
  }
  return { server, heard, whileAway, publishTo }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, number) => number)

/** Checks that an EventSource which nobody helps gets everything once, or is told what is lost. */
export function eventSourceConformance(name: string, open: OpenEventSource): void {
  describe(name, () => {
    it('gets what was missed on both channels, once and in order, when its connection is cut', async () => {
      const scene = await createScene(open, ['room:1', 'room:2'], { shortensRetry: false })
      const { heard, whileAway, publishTo } = scene
      await Promise.all([publishTo('room:1', 5), publishTo('room:2', 3)])
      await heard.until('event', 8)
      await whileAway(() => Promise.all([publishTo('room:1', 7), publishTo('room:2', 20)]))
      await heard.until('connection', 2)
      await Promise.all([publishTo('room:1', 2), publishTo('room:2', 2)])
      await heard.until('event', 39)
      expect(heard.payloads('room:1')).toEqual(numbers(14))
      expect(heard.payloads('room:2')).toEqual(numbers(25))
      expect(heard.of('gap')).toEqual([])
      expect(heard.all.at(-1)?.lastEventId).toMatch(/^[\w-]+:14,[\w-]+:25$/)
    })

    it('gets what was missed on both channels, once and in order, when the server is killed', async () => {
      const scene = await createScene(open, ['room:1', 'room:2'])
      const { server, heard, whileAway, publishTo } = scene
      await Promise.all([publishTo('room:1', 5), publishTo('room:2', 3)])
      await heard.until('event', 1)
      await server.kill()
      await whileAway(async () => {
        await server.start()
        await Promise.all([publishTo('room:1', 3), publishTo('room:2', 9)])
      })
      await heard.until('connection', 2)
      await Promise.all([publishTo('room:1', 2), publishTo('room:2', 2)])
      await heard.until('event', 24)
      expect(heard.payloads('room:1')).toEqual(numbers(10))
      expect(heard.payloads('room:2')).toEqual(numbers(14))
      expect(heard.of('gap')).toEqual([])
    })

    it('is told of a gap where the log was trimmed meanwhile, and where it is another', async () => {
      const scene = await createScene(open, ['short:1', 'room:1'], { engine: 'memory' })
      const { server, heard, whileAway, publishTo } = scene
      await Promise.all([publishTo('short:1', 2), publishTo('room:1', 2)])
      await heard.until('event', 4)
      await whileAway(() => Promise.all([publishTo('short:1', 5), publishTo('room:1', 5)]))
      await heard.until('gap', 1)
      await heard.until('event', 9)
      expect(heard.of('gap').map(({ data }) => data)).toEqual([
        {
          channel: 'short:1',
          after: expect.stringMatching(/:2$/),
          next: expect.stringMatching(/:8$/),
          reason: 'trimmed',
        },
      ])
      expect(heard.payloads('short:1')).toEqual([0, 1])
      expect(heard.payloads('room:1')).toEqual(numbers(7))

      await server.kill()
      await server.start()
      await heard.until('gap', 3)
      await Promise.all([publishTo('short:1', 1), publishTo('room:1', 1)])
      await heard.until('event', 11)
      const [, ...gaps] = heard.of('gap').map(({ data }) => [data.channel, data.reason])
      expect(gaps.toSorted()).toEqual([
        ['room:1', 'unknown_epoch'],
        ['short:1', 'unknown_epoch'],
      ])
      expect(heard.all.at(-1)?.lastEventId).toMatch(/^[\w-]+:1,[\w-]+:1$/)
    })
  })
}
