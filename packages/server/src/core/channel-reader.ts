import {
  canonicalChannel,
  formatPosition,
  hasWildcard,
  ok,
  parsePosition,
  type Result,
  refuse,
} from '@coterie/protocol'
import type { Engine, HistoryPolicy, JsonText, LogPage, ReadOptions } from '../ports/engine.ts'
import type { Access } from './access.ts'
import type { ChannelDefinition } from './definitions.ts'
import { eventGaps } from './event-gaps.ts'
import { historyReply } from './history-reply.ts'
import type { Interest } from './interest.ts'
import { chargeAnswer } from './limits/answer-charge.ts'
import type { Limits } from './limits/limits.ts'
import type { LogReader } from './log-reader.ts'
import type { Reader } from './reader.ts'

/** Characters of payload that one page carries at most; what follows is asked for again. */
export const MAX_PAGE_CHARACTERS = 1_048_576
/** What an event takes beside its payload, in bytes. */
const EVENT_BYTES = 200
/** Bytes that the payload of one event may come to, where the application did not publish it. */
const MAX_PAYLOAD_BYTES = 65_536

/** What is known of a channel without being in it. */
export interface ChannelDescription {
  readonly channel: string
  /** Connections of this node that are in it. */
  readonly connections: number
  /** Different users behind them. */
  readonly users: number
  /** The newest position of its log; null on a channel without history. */
  readonly position: string | null
  /** How long its log keeps events; null on a channel without history. */
  readonly history: HistoryPolicy | null
}

/** Which part of the channels to list. */
export interface ChannelPageRequest {
  /** The name after which the page begins; without it at the first. */
  readonly after?: string | undefined
  /** Names that are looked at. */
  readonly limit: number
}

/** A part of the channels, by name. */
export interface ChannelPage {
  readonly channels: readonly string[]
  /** The `after` of the next page; not there where this is the last. */
  readonly next?: string
}

/** Which part of a log to read. */
export interface HistoryRequest {
  readonly since?: string | undefined
  readonly limit: number
  readonly reverse: boolean
}

/** What reading channels needs of the hub. */
export interface ChannelReaderParts {
  readonly engine: Engine
  readonly access: Access
  readonly interest: Interest
  readonly logs: LogReader
  readonly limits: Pick<Limits, 'answers'>
}

/** Reads what channels hold, for those who may know. */
export class ChannelReader {
  readonly #engine: Engine
  readonly #access: Access
  readonly #interest: Interest
  readonly #logs: LogReader
  readonly #limits: Pick<Limits, 'answers'>

  constructor({ engine, access, interest, logs, limits }: ChannelReaderParts) {
    this.#engine = engine
    this.#access = access
    this.#interest = interest
    this.#logs = logs
    this.#limits = limits
  }

  /** Lists the channels that somebody on this node is in, by name. */
  list(reader: Reader | undefined): string[] {
    return [...this.#interest.channels()]
      .filter((name) => !hasWildcard(name) && this.#mayList(name, reader))
      .sort()
  }

  /**
   * Lists a part of the channels that somebody on this node is in, by name.
   * It looks at so many names as it may return, so that a page has fewer where
   * the reader may not know all of them.
   */
  page({ after, limit }: ChannelPageRequest, reader: Reader | undefined): ChannelPage {
    const channels: string[] = []
    let looked = 0
    let last: string | undefined
    for (const name of this.#interest.namesAfter(after)) {
      if (looked === limit && last !== undefined) return { channels, next: last }
      looked += 1
      last = name
      if (this.#mayList(name, reader)) channels.push(name)
    }
    return { channels }
  }

  /** Describes a channel, whether anybody is in it or not. */
  async describe(name: string, reader: Reader | undefined): Promise<Result<ChannelDescription>> {
    const channel = canonicalChannel(name)
    const allowed = this.#allow(channel, reader)
    if (!allowed.ok) return allowed
    const { history } = allowed.value
    const newest = history && (await this.#engine.read(channel, { limit: 1, reverse: true }))
    return ok({
      channel,
      connections: this.#interest.members(channel).size,
      users: this.#interest.countUsers(channel),
      position: newest?.ok ? formatPosition(newest.value.top) : null,
      history: history ?? null,
    })
  }

  /** Reads a page of a log as the JSON text of `{events, position, gaps?}`. */
  async history(
    name: string,
    { since, limit, reverse }: HistoryRequest,
    reader: Reader | undefined,
  ): Promise<Result<JsonText>> {
    const channel = canonicalChannel(name)
    const allowed = this.#allow(channel, reader)
    if (!allowed.ok) return allowed
    if (!allowed.value.history) return ok('{"events":[],"position":null}' as JsonText)
    const position = since === undefined ? undefined : parsePosition(since)
    if (since !== undefined && !position) return lost('unknown_epoch')
    const charge = {
      answers: this.#limits.answers,
      payer: reader,
      atMostBytes: Math.min(MAX_PAGE_CHARACTERS, limit * MAX_PAYLOAD_BYTES) + limit * EVENT_BYTES,
    }
    return chargeAnswer(charge, async () => {
      const text = await this.#readPage(channel, { since: position, limit, reverse })
      return text.ok ? ok({ value: text.value, bytes: text.value.length }) : text
    })
  }

  async #readPage(channel: string, request: ReadOptions): Promise<Result<JsonText>> {
    const options = { ...request, maxCharacters: MAX_PAGE_CHARACTERS }
    const page = await this.#logs.read(channel, options)
    if (page.ok) return ok(historyReply(page.value))
    if (page.error !== 'damaged') return lost(page.error)
    const rest = await this.#logs.read(channel, { ...options, partial: true })
    return rest.ok ? upToDamage(rest.value) : lost(rest.error)
  }

  #mayList(channel: string, reader: Reader | undefined): boolean {
    try {
      return this.#allow(channel, reader).ok
    } catch {
      // A rule of the application's own that fails hides one channel, and not all.
      return false
    }
  }

  #allow(channel: string, reader: Reader | undefined): Result<ChannelDefinition> {
    return this.#access.view(reader, 'history', channel)
  }
}

// Who asks for what follows a position takes events without a hole for all there were.
function upToDamage({ events, top, damaged = [] }: LogPage): Result<JsonText> {
  const [gap] = eventGaps(damaged) ?? []
  const [hole] = damaged
  const before = events.filter(
    ({ position }) => (position?.offset ?? 0) <= (hole?.after.offset ?? 0),
  )
  if (before.length === 0) return lost('damaged', gap)
  return ok(historyReply({ events: before, top, isEnd: false }))
}

function lost(reason: string, more: object = {}): ReturnType<typeof refuse> {
  const message = 'the log does not hold what follows this position'
  return refuse('not_found', message, { details: { ...more, reason } })
}
