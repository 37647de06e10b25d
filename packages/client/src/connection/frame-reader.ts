import {
  type ChannelEvent,
  type ClientLimits,
  DEFAULT_LIMITS,
  type EventGap,
  type FieldsOf,
  type ServerFrame,
  type ServerFrameType,
} from '@coterie/protocol'

/** Tells whether a field is usable. A field that may be null needs a check that allows null. */
interface Check<in Value> {
  (field: unknown): boolean
  /** Never present; it gives the check the type of the accepted values. */
  readonly accepts?: (value: Value) => void
}
/** Checks for some of the fields in the schema of a frame. */
type Shape<Fields> = { readonly [Name in keyof Fields]?: Check<Fields[Name]> }

const isString: Check<string> = (value) => typeof value === 'string'
const isStringOrNull: Check<string | null> = (value) => value === null || isString(value)
const isPositive: Check<number> = (value) => typeof value === 'number' && value > 0
const isStringOrAbsent: Check<string | undefined> = (value) =>
  value === undefined || isString(value)
const isListOfStrings: Check<readonly string[]> = (value) =>
  Array.isArray(value) && value.every(isString)
const isListOfUsers: Check<readonly { user_id: string }[]> = (value) =>
  Array.isArray(value) && value.every((entry) => isRecord(entry) && isString(entry.user_id))

/** The fields of an event on which the client relies, whatever brought it. */
const EVENT = {
  channel: isString,
  event: isString,
  id: isString,
  from: (value) => value === null || isRecord(value),
  position: isStringOrAbsent,
  pattern: isStringOrAbsent,
  pattern_position: isStringOrAbsent,
} satisfies Shape<ChannelEvent>

// Only the fields on which the client relies: a newer server may add others.
const SHAPES = {
  connection: { connection_id: isString, user_id: isStringOrNull, ping_interval_ms: isPositive },
  reply: { id: isString },
  error: { id: isStringOrAbsent, code: isString, message: isString },
  event: EVENT,
  presence: {
    channel: isString,
    joins: isListOfUsers,
    updates: isListOfUsers,
    leaves: isListOfUsers,
  },
  state: {
    channel: isString,
    version: isPositive,
    set: isRecord as Check<object>,
    delete: isListOfStrings,
    op_id: isStringOrNull,
  },
  ephemeral: { channel: isString, event_type: isString, user_id: isString },
  notification: { payload: (value) => isRecord(value) && isString(value.id) },
  inbox: { unread_count: (value) => typeof value === 'number' },
  message: { id: isString },
  gap: { channel: isString, pattern: isStringOrAbsent },
  unsubscribed: { channel: isString, code: isString, reason: isString },
  token_expiring: {},
  ping: {},
  pong: { id: isStringOrAbsent },
} satisfies { readonly [Type in ServerFrameType]: Shape<FieldsOf<Type>> }

/** The start of an answer: its id is one of this client's, which are numbers. */
const ANSWER = /^\s*\{\s*"type"\s*:\s*"(?:reply|error)"\s*,\s*"id"\s*:\s*"(\d{1,16})"/

/** Parses a message of the server; undefined when this client cannot use it. */
export function readServerFrame(data: unknown): ServerFrame | undefined {
  if (typeof data !== 'string') return undefined
  const value = parseJson(data)
  if (!isRecord(value) || typeof value.type !== 'string') return undefined
  if (!Object.hasOwn(SHAPES, value.type)) return undefined
  const shape = SHAPES[value.type as ServerFrameType]
  return fits(value, shape) ? (value as unknown as ServerFrame) : undefined
}

/** Finds the request that an unreadable message answers; undefined when it answers none. */
export function findAnsweredId(data: unknown): string | undefined {
  return typeof data === 'string' ? ANSWER.exec(data)?.[1] : undefined
}

/** Reads a list of events and drops those without a usable shape. */
export function readEvents<Event>(value: unknown): readonly Event[] {
  if (!Array.isArray(value)) return []
  return value.filter((event) => isRecord(event) && fits(event, EVENT))
}

/** Reads the gaps in a list of events and drops those without a usable shape. */
export function readGaps(value: unknown): readonly EventGap[] {
  if (!Array.isArray(value)) return []
  return value.filter((gap) => isRecord(gap) && isString(gap.after) && isString(gap.next))
}

/** Reads a list of presence entries; undefined when the value is not a list. */
export function readEntries<Entry>(value: unknown): readonly Entry[] | undefined {
  return isListOfUsers(value) ? (value as readonly Entry[]) : undefined
}

/** Reads the server's limits; a missing or invalid one becomes the default. */
export function readLimits(value: unknown): ClientLimits {
  const limits = { ...DEFAULT_LIMITS }
  if (!isRecord(value)) return limits
  for (const name of Object.keys(limits) as (keyof ClientLimits)[]) {
    const limit = value[name]
    if (typeof limit === 'number' && limit > 0) Object.assign(limits, { [name]: limit })
  }
  return limits
}

/** Tells whether a value is an object with named members. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fits(
  value: Readonly<Record<string, unknown>>,
  shape: Readonly<Record<string, Check<never>>>,
): boolean {
  return Object.entries(shape).every(([name, check]) => check(value[name]))
}

/** Parses JSON text; undefined when it is invalid. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
