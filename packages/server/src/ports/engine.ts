import type {
  Branded,
  EventId,
  EventSender,
  Position,
  RecoveryFailure,
  Result,
} from '@coterie/protocol'

/** JSON as text, kept as its sender wrote it so that nobody serialises it again. */
export type JsonText = Branded<'JsonText'>

/** How long a channel's log keeps events; whichever bound is reached first trims. */
export interface HistoryPolicy {
  /** Events kept. */
  readonly size: number
  /** Time an event is kept, in ms. */
  readonly ttlMs: number
}

/**
 * What happens to an event for a receiver that cannot keep up: `volatile` may be
 * replaced by a newer one, `unlogged` may be dropped with a gap, `logged` is
 * read again from the log.
 */
export type DeliveryClass = 'volatile' | 'unlogged' | 'logged'

/** An event as its publisher hands it over. */
export interface NewEvent {
  readonly id: EventId
  readonly event: string
  readonly payload: JsonText
  /** Null when the server publishes. */
  readonly from: EventSender | null
  /** Wall time in ms since 1970. */
  readonly timestampMs: number
}

/** An event as every node receives it. */
export interface EventRecord extends NewEvent {
  readonly channel: string
  readonly delivery: DeliveryClass
  /** Null unless `delivery` is `logged`. */
  readonly position: Position | null
  /** Where the event stands among those of all channels; null where the engine keeps no such order. */
  readonly sequence: Position | null
  /** Volatile events of one sender with the same key replace each other. */
  readonly key?: string | undefined
  /** A connection that does not get the live event. */
  readonly excludeConnection?: string | undefined
}

/** By what a repetition is known, for 5 minutes. */
export interface DedupKey {
  readonly sender: string
  readonly messageId: string
}

/** How an event is appended. */
export interface AppendOptions {
  /** Keeps the event in the channel's log; without it the event is only fanned out. */
  readonly history?: HistoryPolicy | undefined
  /**
   * Keeps the event, and what follows it, past the time and the number of
   * `history`, until `release`; of more than 2,000 such events the oldest go.
   */
  readonly holds?: boolean | undefined
  /** Drops a repetition of this id from this sender. */
  readonly dedup?: DedupKey | undefined
  /** Fans out at most once and never logs. Excludes `history` and `dedup`. */
  readonly volatile?: boolean | undefined
  readonly key?: string | undefined
  readonly excludeConnection?: string | undefined
}

/** The result of an append; for a duplicate, that of the first. */
export interface Appended {
  readonly id: EventId
  readonly position: Position | null
  readonly duplicate: boolean
}

/** How much of a log may be read. */
export interface LogExtent {
  readonly events: number
  /** Bytes of payloads as UTF-8. */
  readonly bytes: number
}

/** Which part of a log to read. */
export interface ReadOptions {
  /** Excluded; without it reading starts at the oldest, or reversed at the newest event. */
  readonly since?: Position | undefined
  /** Events at most. */
  readonly limit: number
  /** Ends the page once its payloads have so many characters; one event is always read. */
  readonly maxCharacters?: number | undefined
  /** Newest first. */
  readonly reverse?: boolean | undefined
  /** Fails with `too_many` where more follows `since` than this, in the page and behind it. */
  readonly within?: LogExtent | undefined
  /** Forwards: returns what is left where events were lost, or are damaged or too many. */
  readonly partial?: boolean | undefined
}

/** Events of a log that are there and cannot be read: those between two positions. */
export interface LogHole {
  readonly after: Position
  readonly next: Position
}

/** A part of a log. */
export interface LogPage {
  readonly events: readonly EventRecord[]
  /** The newest position of the log at the moment of reading; offset 0 when nothing was ever logged. */
  readonly top: Position
  /** True when nothing follows; false where `limit` or `maxCharacters` ended the page. */
  readonly isEnd: boolean
  /** Where events are missing from this page because they cannot be read; never with `readPattern`. */
  readonly damaged?: readonly LogHole[] | undefined
  /** Of a `partial` page of `readPattern`: what is left up to here is in it. Further reading follows upon it. */
  readonly readTo?: Position | undefined
}

/** One key to set, or to remove where `value` is null. */
export interface KeyChange {
  readonly key: string
  readonly value: JsonText | null
}

/** How keys are changed. */
export interface ChangeOptions {
  /** Removes the keys by itself this many ms after the last change that set them. */
  readonly ttlMs?: number | undefined
  /** Ties the keys to this node: they outlive it by `capabilities.leaseMs`. */
  readonly leased?: boolean | undefined
  /** Refuses with `conflict` unless the map has this version. */
  readonly ifVersion?: number | undefined
  /** Drops a repetition of this id from this sender, in this map. Looked at before `ifVersion`. */
  readonly dedup?: DedupKey | undefined
  /** Goes with the change to every node, and is not kept. */
  readonly origin?: JsonText | undefined
}

/** The result of a change; for a duplicate, the version after the first. */
export interface Changed {
  readonly version: number
  readonly duplicate: boolean
}

/** A change to a channel's map, as every node receives it. */
export interface MapChange {
  readonly channel: string
  readonly map: string
  readonly changes: readonly KeyChange[]
  /** The map's version after the change; each change has the next one. */
  readonly version: number
  readonly origin?: JsonText | undefined
}

/** All that a channel's map holds. */
export interface MapSnapshot {
  readonly entries: ReadonlyMap<string, JsonText>
  /** Changes with a version up to this are in `entries`; 0 when nothing was ever changed. */
  readonly version: number
}

/** What an engine tells the hub. Called in order, never while another call is under way. */
export interface EngineListener {
  onEvent(record: EventRecord): void
  onChange(change: MapChange): void
}

/** What an engine promises. Required, so that nothing is promised by default. */
export interface EngineCapabilities {
  /** Logs and unleased maps outlive the process. */
  readonly durable: boolean
  /** Several processes can share the engine. */
  readonly clustered: boolean
  /** All channels share one sequence, so that what a pattern matches can be read. */
  readonly sequenced: boolean
  /** How long a leased key outlives its node, in ms. */
  readonly leaseMs: number
}

/** Carries logs, maps and their fan-out between nodes. Passes `engineConformance`. */
export interface Engine {
  readonly capabilities: EngineCapabilities

  /** Opens the engine for one hub. Called once, before anything else. */
  start(listener: EngineListener): Promise<void>

  /**
   * Appends to the channel's log and fans out, as one atomic step per channel:
   * every node receives the same records in the same, gapless order, and calls
   * made one after the other keep their order. Resolves when the event is as
   * durable as the engine promises; nobody receives it before.
   *
   * @throws {RealtimeError} `unavailable` when the outcome is unknown; retrying
   * with the same `dedup` appends at most once
   */
  append(channel: string, event: NewEvent, options: AppendOptions): Promise<Appended>

  /**
   * Reads a channel's log. With `since`, forwards and not `partial`, the events
   * directly follow it and each other, or the result says why they cannot;
   * `too_many` comes only of `within`. Reading a channel that nothing was
   * written to keeps nothing of its name.
   */
  read(channel: string, options: ReadOptions): Promise<Result<LogPage, RecoveryFailure>>

  /**
   * Lets the events of a log up to a position be forgotten, though they were
   * held. Nothing where the position is of another log. Idempotent.
   *
   * @throws {RealtimeError} `unavailable` when the outcome is unknown
   */
  release(channel: string, upTo: Position): Promise<void>

  /**
   * Reads the logs of all channels that a pattern matches as one, by `sequence`;
   * so are `since` and the page's `top`. Only where `capabilities.sequenced`.
   * With `partial` it fails with `unknown_epoch` alone.
   */
  readPattern(pattern: string, options: ReadOptions): Promise<Result<LogPage, RecoveryFailure>>

  /**
   * Sets and removes keys of a channel's map as one atomic step with one
   * version, and fans the change out. Removing a key that is not there changes
   * nothing; a change that changes nothing has no version of its own.
   *
   * @throws {RealtimeError} `unavailable` when the outcome is unknown
   */
  change(
    channel: string,
    map: string,
    changes: readonly KeyChange[],
    options: ChangeOptions,
  ): Promise<Result<Changed>>

  /** Reads a channel's map whole. */
  entries(channel: string, map: string): Promise<MapSnapshot>

  /**
   * Resolves when no later record of the channel or pattern can be missed. Until
   * `leave`, the channel's maps are not forgotten: their versions go on, however
   * long a map is empty. Idempotent.
   */
  join(pattern: string): Promise<void>

  /** Ends this node's interest. Idempotent. */
  leave(pattern: string): Promise<void>

  /** Resolves when the engine can serve and keep what it is given. @throws {RealtimeError} `unavailable` when it cannot. */
  health(): Promise<void>

  /** Finishes what was accepted and lets go of all resources. Repeating it changes nothing. */
  close(): Promise<void>
}
