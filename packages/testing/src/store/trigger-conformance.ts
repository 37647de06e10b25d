import type { ConnectionId, EventId, UserId } from '@coterie/protocol'
import type { JsonText } from '@coterie/server/engine'
import type { NewDeadLetter, Store } from '@coterie/server/store'
import { expect, it } from 'vitest'
import type { OpenStore } from './opened-store.ts'

const NOW = 1_000_000
const [ONE, OTHER] = ['node-1', 'node-2']
const at = (offset: number) => ({ epoch: 'life', offset })

const letter = (more: Partial<NewDeadLetter> = {}): NewDeadLetter => ({
  trigger: 'ship',
  eventId: 'e1' as EventId,
  channel: 'orders:1',
  event: 'placed \u0000',
  payload: '{"text":"ä\\u0000"}' as JsonText,
  from: { user_id: 'ada' as UserId, connection_id: 'c1' as ConnectionId },
  timestampMs: NOW - 5,
  position: at(3),
  attempts: 10,
  error: 'out of stock',
  firstTriedAtMs: NOW - 4,
  failedAtMs: NOW,
  ...more,
})

async function bury({ triggers }: Store, more: Partial<NewDeadLetter> = {}): Promise<number> {
  const one = letter(more)
  await triggers.lease(one.trigger, ONE, NOW, NOW + 10)
  await triggers.bury(one, ONE, { position: at(9), attempts: 0 })
  const [newest] = await triggers.list({ limit: 1 })
  return newest?.id ?? 0
}

/** Registers what stores promise of durable triggers and what those give up. */
export function triggerTests(open: OpenStore): void {
  it('gives a trigger to one node, until it lets go or its time is over', async () => {
    const { triggers } = await open()
    const fresh = { isHeld: true, progress: { position: null, attempts: 0 } }
    expect(await triggers.lease('ship', ONE, NOW, NOW + 10)).toEqual(fresh)
    expect(await triggers.lease('ship', OTHER, NOW + 9, NOW + 99)).toEqual({ isHeld: false })
    expect(await triggers.lease('mail', OTHER, NOW, NOW + 10)).toEqual(fresh)
    expect(await triggers.lease('ship', ONE, NOW + 9, NOW + 20)).toEqual(fresh)
    expect(await triggers.lease('ship', OTHER, NOW + 19, NOW + 99)).toEqual({ isHeld: false })
    expect(await triggers.lease('ship', OTHER, NOW + 20, NOW + 99)).toEqual(fresh)
    await triggers.release('ship', ONE)
    expect(await triggers.lease('ship', ONE, NOW + 21, NOW + 99)).toEqual({ isHeld: false })
    await triggers.release('ship', OTHER)
    expect(await triggers.lease('ship', ONE, NOW + 21, NOW + 99)).toEqual(fresh)
  })

  it('gives it to one of many that ask at once', async () => {
    const { triggers } = await open()
    const asked = await Promise.all(
      Array.from({ length: 8 }, (_, n) => triggers.lease('ship', `node-${n}`, NOW, NOW + 10)),
    )
    expect(asked.filter(({ isHeld }) => isHeld)).toHaveLength(1)
  })

  it('stores the position of a trigger for the holder of its lease', async () => {
    const { triggers } = await open()
    await triggers.lease('ship', ONE, NOW, NOW + 10)
    expect(await triggers.save('ship', ONE, { position: at(7), attempts: 2 })).toBe(true)
    expect(await triggers.save('ship', OTHER, { position: at(9), attempts: 0 })).toBe(false)
    expect(await triggers.save('mail', ONE, { position: at(9), attempts: 0 })).toBe(false)
    const progress = { position: at(7), attempts: 2 }
    expect(await triggers.lease('ship', OTHER, NOW + 10, NOW + 20)).toEqual({
      isHeld: true,
      progress,
    })
    expect(await triggers.save('ship', ONE, { position: at(8), attempts: 0 })).toBe(false)
    expect(await triggers.bury(letter(), ONE, { position: at(8), attempts: 0 })).toBe(false)
    expect(await triggers.list({ limit: 9 })).toEqual([])
  })

  it('keeps what was given up, with how far the trigger has come', async () => {
    const store = await open()
    const id = await bury(store)
    const { triggers } = store
    const stored = { ...letter(), id }
    expect(await triggers.find(id)).toEqual(stored)
    expect(await triggers.list({ limit: 9 })).toEqual([stored])
    expect(await triggers.lease('ship', ONE, NOW, NOW + 10)).toMatchObject({
      progress: { position: at(9), attempts: 0 },
    })
    expect(await triggers.find(id + 1)).toBeUndefined()
  })

  it('lists what was given up by trigger and page, newest first', async () => {
    const store = await open()
    const ids: number[] = []
    for (const trigger of ['ship', 'mail', 'ship', 'ship']) {
      ids.push(await bury(store, { trigger }))
    }
    const list = async (query: { trigger?: string; limit: number; before?: number }) =>
      (await store.triggers.list(query)).map(({ id }) => ids.indexOf(id))
    expect(await list({ limit: 9 })).toEqual([3, 2, 1, 0])
    expect(await list({ limit: 2, trigger: 'ship' })).toEqual([3, 2])
    expect(await list({ limit: 2, trigger: 'ship', before: ids[2] ?? 0 })).toEqual([0])
    expect(await list({ limit: 9, trigger: 'other' })).toEqual([])
  })

  it('notes what failed again, and forgets what is discarded', async () => {
    const store = await open()
    const id = await bury(store)
    const { triggers } = store
    const failed = { ...letter(), id, attempts: 11, error: 'still not', failedAtMs: NOW + 5 }
    expect(await triggers.noteFailure(id, 'still not', NOW + 5)).toEqual(failed)
    expect(await triggers.find(id)).toEqual(failed)
    expect(await triggers.discard(id)).toBe(true)
    expect(await triggers.discard(id)).toBe(false)
    expect(await triggers.noteFailure(id, 'gone', NOW)).toBeUndefined()
    expect(await triggers.list({ limit: 9 })).toEqual([])
  })
}
