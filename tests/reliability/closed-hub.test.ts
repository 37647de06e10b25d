import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryEngine, createSqliteEngine, RealtimeHub } from '@coterie/server'
import type { Engine } from '@coterie/server/engine'
import {
  FakeClock,
  SeededRandom,
  SimulatedNetwork,
  TestUser,
  testPrincipal,
} from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'
import { idleStore } from '../simulation/idle-store.ts'

const engines = {
  memory: (clock: FakeClock, random: SeededRandom): Engine => createMemoryEngine({ clock, random }),
  SQLite: (clock: FakeClock, random: SeededRandom): Engine => {
    const folder = mkdtempSync(join(tmpdir(), 'coterie-closed-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    return createSqliteEngine({ clock, random, path: join(folder, 'engine.sqlite') })
  },
}

it.each(Object.entries(engines))(
  'a hub over %s that was closed says and does nothing more of who was there',
  async (_, createEngine) => {
    const clock = new FakeClock()
    const random = new SeededRandom(1)
    const said: unknown[] = []
    const note = (...words: readonly unknown[]): void => void said.push(words)
    const hub = new RealtimeHub({
      clock,
      random,
      store: idleStore,
      engine: createEngine(clock, random),
      channels: { 'room:*': { presence: true, history: true, state: { persist: false } } },
      rooms: { pair: { maxUsers: 2 } },
      logger: { debug: note, info: note, warn: note, error: note },
    })
    await hub.start()
    const network = new SimulatedNetwork(clock)
    const ada = await new TestUser(clock, network, hub, testPrincipal('ada')).connect()
    await ada.subscribe('room:pair', { presence: true, state: true })
    const closing = hub.close()
    await clock.advance(4_000)
    await closing
    said.length = 0
    await clock.advance(120_000)
    expect(said).toEqual([])
  },
)
