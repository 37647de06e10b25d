import {
  type JsonValue,
  parsePosition,
  type RealtimeError,
  type StateValues,
} from '@coterie/protocol'
import { isRecord } from '../connection/frame-reader.ts'
import type { SharedState } from '../state/shared-state.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { SNAPSHOT_HEAD as HEAD, isSnapshotKey, SNAPSHOT_PARTS as PARTS } from './snapshot-keys.ts'
import { cut } from './update-parts.ts'

/** Attempts to write a snapshot while others change the state. */
const MAX_ATTEMPTS = 5
/** Keys that one change deletes, so that it fits into a small frame. */
const MAX_DELETED = 20

/** A document as it was after one event of its channel. */
export interface YjsSnapshot {
  /** The position of that event. */
  readonly position: string
  /** The whole document as one update. */
  readonly update: Uint8Array
}

interface Head {
  readonly position: string
  /** Distinguishes the parts of this snapshot from those of others. */
  readonly generation: string
  readonly parts: number
}

/** Reads the snapshot in shared state; undefined when it is missing or incomplete. */
export function readSnapshot(values: StateValues): YjsSnapshot | undefined {
  const head = readHead(values)
  if (!head) return undefined
  try {
    const text = keysOf(head).map((key) => values[key])
    return { position: head.position, update: fromBase64(text.join('')) }
  } catch {
    return undefined
  }
}

/**
 * Writes a snapshot to shared state, unless it holds one that is at least as new.
 *
 * Several clients may write at once. One change sets the head and deletes all other
 * snapshots; the server accepts it only from a client that has seen the current
 * state: so the newest snapshot wins, complete, and old ones do not pile up.
 *
 * @returns false when another snapshot was newer or written first
 * @throws {RealtimeError} the server's refusal, such as `too_large`
 */
export async function writeSnapshot(
  state: SharedState,
  generation: string,
  { position, update }: YjsSnapshot,
  partCharacters: number,
): Promise<boolean> {
  const texts = cut(toBase64(update), partCharacters)
  const own = new Map(texts.map((text, part) => [partKey(generation, part), text]))
  const head: Head = { position, generation, parts: texts.length }
  try {
    // The last part is written with the head; usually it is the only part.
    for (const [key, text] of [...own].slice(0, -1)) await state.set(key, text)
    if (await replaceHead(state, head, own)) return true
  } catch (error) {
    await deleteParts(state, own)
    throw error
  }
  await deleteParts(state, own)
  return false
}

/** Deletes the snapshots in shared state, because a stored one replaces them. */
export async function deleteSnapshots(state: SharedState): Promise<void> {
  const keys = Object.keys(state.value()).filter(isSnapshotKey)
  await deleteKeys(state, keys)
}

async function replaceHead(
  state: SharedState,
  head: Head,
  own: ReadonlyMap<string, string>,
): Promise<boolean> {
  const lastPart = partKey(head.generation, head.parts - 1)
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const values = state.value()
    const isWhole = [...own.keys()].every((key) => key === lastPart || Object.hasOwn(values, key))
    // The client that replaced the head meanwhile deleted these parts too.
    if (!isWhole || !isBehind(readHead(values)?.position, head.position)) return false
    const others = Object.keys(values).filter((key) => key.startsWith(PARTS) && !own.has(key))
    try {
      await state.change({
        set: { [HEAD]: head as unknown as JsonValue, [lastPart]: own.get(lastPart) ?? '' },
        delete: others.slice(0, MAX_DELETED),
        ifVersion: state.version(),
      })
      await deleteKeys(state, others.slice(MAX_DELETED))
      return true
    } catch (error) {
      if ((error as RealtimeError).code !== 'conflict') throw error
    }
  }
  return false
}

async function deleteParts(state: SharedState, own: ReadonlyMap<string, string>): Promise<void> {
  const values = state.value()
  await deleteKeys(
    state,
    [...own.keys()].filter((key) => Object.hasOwn(values, key)),
  )
}

// The next writer of a snapshot deletes what remains.
async function deleteKeys(state: SharedState, keys: readonly string[]): Promise<void> {
  for (let start = 0; start < keys.length; start += MAX_DELETED) {
    await state.delete(...keys.slice(start, start + MAX_DELETED)).catch(() => {})
  }
}

/** Returns up to where the shared state's snapshot covers the log; undefined without one. */
export function snapshotPosition(values: StateValues): string | undefined {
  return readHead(values)?.position
}

/** Returns the number of events between a snapshot and a position; all without a snapshot. */
export function eventsSince(snapshot: string | undefined, position: string): number {
  const now = parsePosition(position)
  const before = parsePosition(snapshot ?? '')
  if (!now) return 0
  return before && before.epoch === now.epoch ? now.offset - before.offset : now.offset
}

/** Tells whether a position is before another; any other epoch counts as before. */
export function isBehind(position: string | undefined, other: string): boolean {
  const [own, newer] = [parsePosition(position ?? ''), parsePosition(other)]
  return own?.epoch !== newer?.epoch || (own?.offset ?? 0) < (newer?.offset ?? 0)
}

/** Tells whether a position is after another one of the same log. */
export function isAhead(position: string, other: string): boolean {
  const [own, older] = [parsePosition(position), parsePosition(other)]
  return own?.epoch === older?.epoch && (own?.offset ?? 0) > (older?.offset ?? 0)
}

function partKey(generation: string, part: number): string {
  return `${PARTS}${generation}-${part}`
}

function keysOf({ generation, parts }: Head): string[] {
  return Array.from({ length: parts }, (_, part) => partKey(generation, part))
}

// A head with missing parts remains of a snapshot that another client deleted.
function readHead(values: StateValues): Head | undefined {
  const value = values[HEAD]
  if (!isRecord(value)) return undefined
  const { position, generation, parts } = value
  const isHead =
    typeof position === 'string' &&
    typeof generation === 'string' &&
    Number.isSafeInteger(parts) &&
    (parts as number) <= Object.keys(values).length
  if (!isHead) return undefined
  const head = { position, generation, parts } as Head
  return keysOf(head).every((key) => typeof values[key] === 'string') ? head : undefined
}
