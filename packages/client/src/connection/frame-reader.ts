import {
  type ChannelEvent,
  type ClientLimits,
  DEFAULT_LIMITS,
  type EventGap,
  type FieldsOf,
  type ServerFrame,
  type ServerFrameType,
} from '@coterie/protocol'

/** Tells whether a field can be used. A check of strings cannot stand where null may come. */
interface Check<in Value> {
  (field: unknown): boolean
  /** Is never there; it gives the check the type of what it accepts. */
  readonly accepts?: (value: Value) => void
}
/** Checks of some of the fields that the schema of a frame names. */
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

/** What the client relies on in an event, wherever it comes from. */
const EVENT = {
  channel: isString,
  event: isString,
  id: isString,
  from: (value) => value === null || isRecord(value),
  position: isStringOrAbsent,
  pattern: isStringOrAbsent,
  pattern_position: isStringOrAbsent,
} satisfies Shape<ChannelEvent>

// Only what the client itself relies on: a newer server may add fields.
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

/** How an answer begins: its id is one of this client's, which are numbers. */
const ANSWER = /^\s*\{\s*"type"\s*:\s*"(?:reply|error)"\s*,\s*"id"\s*:\s*"(\d{1,16})"/

/** Reads a message of the server; undefined for anything this client cannot use. */
export function readServerFrame(data: unknown): ServerFrame | undefined {
  if (typeof data !== 'string') return undefined
  const value = parseJson(data)
  if (!isRecord(value) || typeof value.type !== 'string') return undefined
  if (!Object.hasOwn(SHAPES, value.type)) return undefined
  const shape = SHAPES[value.type as ServerFrameType]
  return fits(value, shape) ? (value as unknown as ServerFrame) : undefined
}

/** Finds which request a message answers that cannot be read; undefined where it answers none. */
export function findAnsweredId(data: unknown): string | undefined {
  return typeof data === 'string' ? ANSWER.exec(data)?.[1] : undefined
}

/** Reads a list of events, without those that have no usable shape. */
export function readEvents<Event>(value: unknown): readonly Event[] {
  if (!Array.isArray(value)) return []
  return value.filter((event) => isRecord(event) && fits(event, EVENT))
}

/** Reads where a list of events leaves some out, without what has no usable shape. */
export function readGaps(value: unknown): readonly EventGap[] {
  if (!Array.isArray(value)) return []
  return value.filter((gap) => isRecord(gap) && isString(gap.after) && isString(gap.next))
}

/** Reads a list of presence entries; undefined when it is none. */
export function readEntries<Entry>(value: unknown): readonly Entry[] | undefined {
  return isListOfUsers(value) ? (value as readonly Entry[]) : undefined
}

/** Reads the limits in force; a missing or impossible one is the default. */
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

/** Reads JSON text; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
