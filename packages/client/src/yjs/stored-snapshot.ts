import {
  type ClientFrameInput,
  RealtimeError,
  type Result,
  type SnapshotCommitReply,
  type SnapshotHead,
  type SnapshotSegment,
} from '@coterie/protocol'
import type { Client } from '../client/client.ts'
import { isRecord } from '../connection/frame-reader.ts'
import { readWaitMs } from '../connection/retry.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { cut } from './update-parts.ts'

/** Parts that are requested concurrently. */
const READ_AHEAD = 8
/** How often to start again because another client replaced the snapshot. */
const MAX_READS = 5
const WAIT_MS = 500

/** A snapshot that was read completely. */
export interface ReadSnapshot {
  readonly head: SnapshotHead
  readonly updates: readonly Uint8Array[]
}

/** A channel's snapshot outside its state, for documents too large for the state. */
export class StoredSnapshot {
  readonly #client: Pick<Client, 'environment' | 'request'>
  readonly #channel: string

  constructor(client: Pick<Client, 'environment' | 'request'>, channel: string) {
    this.#client = client
    this.#channel = channel
  }

  /**
   * Returns the snapshot's contents; null when there is none, or the
   * server or the channel does not store any.
   *
   * @throws {RealtimeError} `timeout`, or `unavailable`
   */
  async head(): Promise<SnapshotHead | null> {
    try {
      const reply = await this.#ask({ type: 'snapshot_read', channel: this.#channel })
      return readHead(reply)
    } catch (error) {
      if (isUnsupported(error) || isNotMember(error)) return null
      throw error
    }
  }

  /**
   * Reads the whole snapshot; undefined when there is none.
   *
   * @throws {RealtimeError} `timeout`, or `unavailable`
   */
  async read(): Promise<ReadSnapshot | undefined> {
    for (let attempt = 0; attempt < MAX_READS; attempt += 1) {
      const head = await this.head()
      if (!head) return undefined
      try {
        return { head, updates: await this.#readSegments(head.segments) }
      } catch (error) {
        // Another client has replaced the snapshot meanwhile.
        if (!(error instanceof RealtimeError) || error.code !== 'not_found') throw error
      }
    }
    throw new RealtimeError(
      'unavailable',
      'the snapshot was replaced each time while it was being read',
    )
  }

  /**
   * Writes a segment, not yet part of any snapshot; returns the number of its parts.
   *
   * @throws {RealtimeError} the server's refusal, such as `too_large` or `conflict`
   */
  async write(segment: string, update: Uint8Array, partCharacters: number): Promise<number> {
    const texts = cut(toBase64(update), partCharacters)
    // Sequentially, so that typed changes are not delayed by the parts.
    for (const [part, data] of texts.entries()) {
      await this.#ask({ type: 'snapshot_write', channel: this.#channel, segment, part, data })
    }
    return texts.length
  }

  /**
   * Makes segments the snapshot, replacing the one of a given version; returns the
   * new version. Without segments it notes a position that the state's snapshot covers.
   *
   * @throws {RealtimeError} `conflict` when another client was faster
   */
  async commit(
    position: string,
    { segments, version = 0 }: { readonly segments?: readonly string[]; readonly version?: number },
  ): Promise<number> {
    const reply = (await this.#ask({
      type: 'snapshot_commit',
      channel: this.#channel,
      position,
      ...(segments && { segments: [...segments], if_version: version }),
    })) as SnapshotCommitReply
    return reply.version
  }

  async #readSegments(segments: readonly SnapshotSegment[]): Promise<Uint8Array[]> {
    const places = segments.flatMap(({ id, parts }) =>
      Array.from({ length: parts }, (_, part) => ({ segment: id, part })),
    )
    const texts: string[] = []
    let next = 0
    const readOn = async (): Promise<void> => {
      for (let place = places[next]; place; place = places[next]) {
        const index = next
        next += 1
        texts[index] = await this.#readPart(place)
      }
    }
    await Promise.all(Array.from({ length: READ_AHEAD }, readOn))
    let begin = 0
    return segments.map(({ parts }) => {
      const text = texts.slice(begin, begin + parts).join('')
      begin += parts
      return fromBase64(text)
    })
  }

  async #readPart(place: { readonly segment: string; readonly part: number }): Promise<string> {
    const reply = await this.#ask({ type: 'snapshot_read', channel: this.#channel, ...place })
    if (isRecord(reply) && typeof reply.data === 'string') return reply.data
    throw new RealtimeError('not_found', 'a part of the snapshot is missing')
  }

  // A large document takes many frames: one that exceeds the server's rate is retried later.
  async #ask(frame: ClientFrameInput): Promise<unknown> {
    for (;;) {
      const result = await new Promise<Result<unknown>>((resolve) => {
        this.#client.request(frame, resolve)
      })
      if (result.ok) return result.value
      const { code, details } = result.error
      if (code !== 'rate_limited') throw result.error
      await this.#wait(readWaitMs(details?.retry_after_ms) ?? WAIT_MS)
    }
  }

  #wait(delayMs: number): Promise<void> {
    const { clock } = this.#client.environment
    return new Promise((resolve) => {
      clock.setTimer(resolve, delayMs)
    })
  }
}

/** Tells whether an error means that the server or channel does not store snapshots. */
export function isUnsupported(error: unknown): boolean {
  const { code } = error as RealtimeError
  return code === 'unknown_type' || code === 'forbidden'
}

/** Tells whether an error says that the client has left the channel. */
export function isNotMember(error: unknown): boolean {
  return (error as RealtimeError).code === 'not_member'
}

function readHead(reply: unknown): SnapshotHead | null {
  const head = isRecord(reply) ? reply.head : null
  if (!isRecord(head)) return null
  const { version, position, segments } = head
  const isHead =
    Number.isSafeInteger(version) && typeof position === 'string' && Array.isArray(segments)
  return isHead ? (head as unknown as SnapshotHead) : null
}
