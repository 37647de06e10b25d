import type { JsonValue, StateValues } from '@coterie/protocol'
import { parsePosition } from '@coterie/protocol'
import { isRecord } from '../frame-reader.ts'
import type { SharedState } from '../state/shared-state.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { cut } from './update-parts.ts'

const HEAD = 'yjs'
const PARTS = 'yjs/'

/** A document as it was after an event of its channel. */
export interface YjsSnapshot {
  /** The position of that event. */
  readonly position: string
  /** All of it as one update. */
  readonly update: Uint8Array
}

interface Head {
  readonly position: string
  /** Tells the parts of this snapshot from those of others. */
  readonly generation: string
  readonly parts: number
}

/** Reads the snapshot that shared state holds; undefined where there is none, or not all of it. */
export function readSnapshot(values: StateValues): YjsSnapshot | undefined {
  const head = readHead(values[HEAD])
  if (!head) return undefined
  const parts: string[] = []
  for (let part = 0; part < head.parts; part += 1) {
    const text = values[partKey(head.generation, part)]
    if (typeof text !== 'string') return undefined
    parts.push(text)
  }
  try {
    return { position: head.position, update: fromBase64(parts.join('')) }
  } catch {
    return undefined
  }
}

/**
 * Writes a snapshot to shared state: its parts first, so that whoever reads
 * the head finds all of it; then what no longer belongs to any is deleted.
 *
 * @throws {RealtimeError} the server's refusal, such as `too_large`
 */
export async function writeSnapshot(
  state: SharedState,
  generation: string,
  { position, update }: YjsSnapshot,
): Promise<void> {
  const parts = cut(toBase64(update))
  for (const [part, text] of parts.entries()) await state.set(partKey(generation, part), text)
  const own = new Set(parts.map((_, part) => partKey(generation, part)))
  const head: Head = { position, generation, parts: parts.length }
  const isNewest = !isBehind(position, readHead(state.value()[HEAD])?.position)
  const deleted = Object.keys(state.value()).filter(
    (key) => key.startsWith(PARTS) && own.has(key) !== isNewest,
  )
  await state.change({
    ...(isNewest && { set: { [HEAD]: head as unknown as JsonValue } }),
    delete: deleted,
  })
}

/** Returns how many events lie between the snapshot and a position; all where there is none. */
export function eventsSince(values: StateValues, position: string): number {
  const now = parsePosition(position)
  const before = parsePosition(readHead(values[HEAD])?.position ?? '')
  if (!now) return 0
  return before && before.epoch === now.epoch ? now.offset - before.offset : now.offset
}

function isBehind(position: string, other: string | undefined): boolean {
  const [own, known] = [parsePosition(position), parsePosition(other ?? '')]
  return (
    own !== undefined && known?.epoch === own?.epoch && (known?.offset ?? 0) > (own?.offset ?? 0)
  )
}

function partKey(generation: string, part: number): string {
  return `${PARTS}${generation}-${part}`
}

function readHead(value: unknown): Head | undefined {
  if (!isRecord(value)) return undefined
  const { position, generation, parts } = value
  const isHead =
    typeof position === 'string' && typeof generation === 'string' && Number.isSafeInteger(parts)
  return isHead ? ({ position, generation, parts } as Head) : undefined
}
