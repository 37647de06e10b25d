import { basename } from 'node:path'
import { RealtimeError } from '@coterie/protocol'
import type { Engine, EventRecord } from '@coterie/server/engine'
import { expect } from 'vitest'
import { appendNumber, CHANNEL, eventOf, MAP, opened } from './acknowledged-log.ts'
import { ACKNOWLEDGED, BOOT, engineOn, type StorageWorld } from './storage-world.ts'

/** How an engine took what happened to its files. */
export type Verdict =
  /** It did not start, and said why in one line. */
  | { readonly kind: 'refused'; readonly message: string }
  /** Everything that was acknowledged is there, where it was. */
  | { readonly kind: 'whole' }
  /** Something is missing, and who resumes is told so. */
  | { readonly kind: 'announced'; readonly reason: string; readonly left: number }

/**
 * Opens what was left, as the next start does, and finds out what became of it.
 *
 * Fails where content is wrong, or where something is missing without a word.
 */
export async function judge(
  { path, epoch }: StorageWorld,
  { bootId = BOOT, acknowledged = ACKNOWLEDGED } = {},
): Promise<Verdict> {
  const engine = engineOn(path, bootId)
  try {
    await opened(engine)
  } catch (error) {
    return refusal(error, path)
  }
  try {
    const verdict = await readWhole(engine, epoch, acknowledged)
    if (verdict.kind === 'whole') await checkMap(engine, acknowledged)
    await engine.health()
    const { position } = await appendNumber(engine, 1_000_000 + acknowledged)
    if (verdict.kind === 'whole') {
      expect(position).toEqual({ epoch, offset: acknowledged + 1 })
    }
    return verdict
  } finally {
    await engine.close()
  }
}

/** Reads as one who resumes does: what was missed is whole, or it is said that it is not. */
export async function readWhole(
  engine: Engine,
  epoch: string,
  acknowledged: number,
): Promise<Exclude<Verdict, { kind: 'refused' }>> {
  const since = { epoch, offset: 0 }
  const resumed = await engine.read(CHANNEL, { since, limit: 10_000 })
  const found = await engine.read(CHANNEL, { limit: 10_000 })
  if (!found.ok) throw new Error(`reading afresh failed: ${found.error}`)
  for (const record of found.value.events) checkContent(record)
  if (!resumed.ok) {
    return { kind: 'announced', reason: resumed.error, left: found.value.events.length }
  }
  for (const record of resumed.value.events) checkContent(record)
  expect(resumed.value.events.length, 'lost without a word').toBeGreaterThanOrEqual(acknowledged)
  expect(resumed.value.events.map(({ position }) => position?.offset)).toEqual(
    resumed.value.events.map((_, index) => index + 1),
  )
  return { kind: 'whole' }
}

function refusal(error: unknown, path: string): Verdict {
  expect(error).toBeInstanceOf(RealtimeError)
  const { code, message } = error as RealtimeError
  expect(code).toBe('unavailable')
  expect(message).not.toContain('\n')
  expect(message).toContain(basename(path))
  return { kind: 'refused', message }
}

function checkContent(record: EventRecord): void {
  const number = Number(/^event-(\d+)$/.exec(record.id)?.[1])
  const { id, event, payload, from, timestampMs } = record
  expect({ id, event, payload, from, timestampMs }, 'wrong content').toEqual(eventOf(number))
}

async function checkMap(engine: Engine, acknowledged: number): Promise<void> {
  const { entries } = await engine.entries(CHANNEL, MAP)
  const expected = new Map<string, string>()
  for (let number = 10; number <= acknowledged; number += 10) {
    expected.set(`key-${number}`, JSON.stringify(`value ${number}`))
  }
  expect(entries).toEqual(expected)
}
