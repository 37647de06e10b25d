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

/** Characters of payload in one page at most; clients request the rest again. */
export const MAX_PAGE_CHARACTERS = 1_048_576
/** Bytes that an event needs beside its payload. */
const EVENT_BYTES = 200
/** The most bytes of one event's payload, unless the application published it. */
const MAX_PAYLOAD_BYTES = 65_536

/** What can be known of a channel without subscribing to it. */
export interface ChannelDescription {
  readonly channel: string
  /** Connections of this node that are in the channel. */
  readonly connections: number
  /** Different users of these connections. */
  readonly users: number
  /** The newest position of the channel's log; null on a channel without history. */
  readonly position: string | null
  /** How long the channel's log keeps events; null on a channel without history. */
  readonly history: HistoryPolicy | null
}

/** Which part of the channels to list. */
export interface ChannelPageRequest {
  /** The page begins after this name; without it, at the first name. */
  readonly after?: string | undefined
  /** How many names are examined at most. */
  readonly limit: number
}

/** A part of the channels, by name. */
export interface ChannelPage {
  readonly channels: readonly string[]
  /** The `after` of the next page; absent on the last page. */
  readonly next?: string
}

/** Which part of a log to read. */
export interface HistoryRequest {
  readonly since?: string | undefined
  readonly limit: number
  readonly reverse: boolean
}

/** The parts of the hub that reading channels needs. */
export interface ChannelReaderParts {
  readonly engine: Engine
  readonly access: Access
  readonly interest: Interest
  readonly logs: LogReader
  readonly limits: Pick<Limits, 'answers'>
}

/** Reads the contents of channels for readers with the right to see them. */
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

  /** Lists the channels with members on this node, by name. */
  list(reader: Reader | undefined): string[] {
    return [...this.#interest.channels()]
      .filter((name) => !hasWildcard(name) && this.#mayList(name, reader))
      .sort()
  }

  /**
   * Lists a part of the channels with members on this node, by name.
   * It examines at most `limit` names, so a page has fewer when the reader may
   * not see all of them.
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

  /** Describes a channel, with or without members. */
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
      // When an application's rule fails, it hides one channel and not all.
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
