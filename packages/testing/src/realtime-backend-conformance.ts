import type { EphemeralEvent, RealtimeBackend } from '@coterie/server'
import { afterEach, describe, expect, it } from 'vitest'

const ROOM = 'room:1'

function event(id: string): EphemeralEvent {
  return {
    id,
    roomId: '1',
    type: 'reaction',
    userId: 'ada',
    channelId: null,
    data: { emoji: '👍' },
    timestamp: '2026-01-01T00:00:00.000Z',
  }
}

/**
 * Registers the tests that every backend of ephemeral events passes.
 *
 * @param create makes a backend that passes exceptions of callbacks to `reportError`
 */
export function realtimeBackendConformance(
  name: string,
  create: (reportError: (error: unknown) => void) => RealtimeBackend | Promise<RealtimeBackend>,
): void {
  describe(`${name} realtime backend`, () => {
    const opened: RealtimeBackend[] = []
    afterEach(async () => {
      for (const backend of opened.splice(0)) await backend.close()
    })
    const open = async () => {
      const errors: unknown[] = []
      const backend = await create((error) => errors.push(error))
      opened.push(backend)
      return { backend, errors }
    }

    it('delivers each event unchanged to all who subscribe to its channel', async () => {
      const { backend } = await open()
      const first: EphemeralEvent[] = []
      const second: string[] = []
      await backend.subscribe(ROOM, (each) => void first.push(each))
      await backend.subscribe(ROOM, ({ id }) => void second.push(id))
      await backend.subscribe('room:2', () => void second.push('elsewhere'))
      for (const id of ['a', 'b']) await backend.publish(ROOM, event(id))
      await expect.poll(() => second).toEqual(['a', 'b'])
      await expect.poll(() => first).toEqual([event('a'), event('b')])
    })

    it('continues after a callback threw', async () => {
      const { backend, errors } = await open()
      const received: string[] = []
      await backend.subscribe(ROOM, ({ id }) => {
        received.push(id)
        if (id === 'a') throw new Error('no')
      })
      for (const id of ['a', 'b']) await backend.publish(ROOM, event(id))
      await expect.poll(() => received).toEqual(['a', 'b'])
      expect(errors).toHaveLength(1)
    })

    it('keeps the newest 100 events for a slow callback', async () => {
      const { backend } = await open()
      const gate = Promise.withResolvers<void>()
      const received: string[] = []
      await backend.subscribe(ROOM, async ({ id }) => {
        received.push(id)
        await gate.promise
      })
      await backend.publish(ROOM, event('first'))
      await expect.poll(() => received).toEqual(['first'])
      for (let n = 0; n < 150; n += 1) await backend.publish(ROOM, event(String(n)))
      gate.resolve()
      await expect.poll(() => received.at(-1)).toBe('149')
      expect(received).toHaveLength(101)
      expect(received[1]).toBe('50')
    })

    it('ends a channel with its last subscription, and not before', async () => {
      const { backend } = await open()
      const received: string[] = []
      const first = await backend.subscribe(ROOM, () => {})
      const second = await backend.subscribe(ROOM, ({ id }) => void received.push(id))
      expect(await backend.unsubscribe(first)).toBe(true)
      expect(await backend.unsubscribe(first)).toBe(false)
      expect(backend.channels ?? [ROOM]).toEqual([ROOM])
      await backend.publish(ROOM, event('a'))
      await expect.poll(() => received).toEqual(['a'])
      expect(await backend.unsubscribe(second)).toBe(true)
      expect(backend.channels ?? []).toEqual([])
    })

    it('skips and counts what is not an event', async () => {
      const { backend } = await open()
      const received: string[] = []
      await backend.subscribe(ROOM, ({ id }) => void received.push(id))
      await backend.publish(ROOM, { ...event('x'), type: 'nonsense' } as unknown as EphemeralEvent)
      await backend.publish(ROOM, event('a'))
      await expect.poll(() => received).toEqual(['a'])
      expect(backend.malformedCount ?? 1).toBe(1)
    })

    it('delivers nothing after close, which is idempotent', async () => {
      const { backend } = await open()
      const received: string[] = []
      await backend.subscribe(ROOM, ({ id }) => void received.push(id))
      await backend.close()
      await backend.close()
      await backend.publish(ROOM, event('late'))
      await backend.subscribe(ROOM, () => {})
      expect(backend.channels ?? []).toEqual([])
      expect(received).toEqual([])
    })
  })
}
