import { mkdtempSync, rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHub, type HubOptions } from '@coterie/server'
import { expect, it, onTestFinished } from 'vitest'

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coterie-closed-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

const CHANNELS = { 'room:*': { history: true, state: true } }

it.each<[string, () => HubOptions]>([
  ['memory', () => ({ engine: 'memory' })],
  ['SQLite', () => ({ dataDir: makeFolder() })],
])('a hub that keeps things in %s takes nothing more once it is closed', async (_, options) => {
  const hub = createHub({ ...options(), channels: CHANNELS })
  hub.createChannel('room:made')
  expect(await hub.publish('room:1', 'note', 1)).toMatchObject({ ok: true })
  await hub.close()
  const refused = { ok: false, error: { code: 'unavailable' } }
  expect(await hub.publish('room:1', 'note', 2)).toMatchObject(refused)
  expect(await hub.publish('room:*', 'note', 2)).toMatchObject(refused)
  expect(await hub.publishJsonText('room:1', 'note', '2')).toMatchObject(refused)
  const event = { channel: 'room:1', event: 'note', data: 2 }
  expect(await hub.realtimeEvent(event)).toMatchObject(refused)
  const changed = hub.state.change('room:1', { set: { a: 1 } })
  await expect(changed).rejects.toMatchObject(refused.error)
  expect(() => hub.publish('room:made', 'text')).toThrow(/the hub is closed/)
})

it('a hub that was closed before it began does not begin any more', async () => {
  const folder = makeFolder()
  const hub = createHub({ dataDir: folder, channels: CHANNELS })
  await hub.close()
  await expect(hub.start()).rejects.toThrow(/the hub is closed/)
  await expect(hub.listen({ port: 0 })).rejects.toThrow(/the hub is closed/)
  const published = await hub.publish('room:1', 'note', 1)
  expect(published).toMatchObject({ ok: false, error: { code: 'unavailable' } })
  const answer = await hub.fetch(new Request('http://hub/api/realtime/channels'))
  expect(answer.status).toBe(503)
  expect(await readdir(folder)).toEqual([])
})
