import { checkOption, checkOptionsObject, isWholeNumber } from '@coterie/protocol'
import { isRecord } from '../connection/frame-reader.ts'
import type { ChannelOptions, HistoryQuery, PublishOptions } from './channel.ts'

/** Tells whether a value is valid, and describes valid values. */
type Kind = readonly [isRight: (value: unknown) => boolean, expected: string]
type KindsOf<Options> = { readonly [Name in keyof Options]-?: Kind }

const MAX_EVENTS = 1_000
const TEXT: Kind = [(value) => typeof value === 'string', 'a text']
const FLAG: Kind = [(value) => typeof value === 'boolean', 'true or false']

const CHANNEL: KindsOf<ChannelOptions> = {
  recent: eventsFrom(0),
  presence: [
    (value) => typeof value === 'boolean' || value === 'follow' || isRecord(value),
    'true, false, "follow" or an object',
  ],
  password: TEXT,
  state: FLAG,
  initialState: [isRecord, 'an object'],
}
const HISTORY: KindsOf<HistoryQuery> = { since: TEXT, limit: eventsFrom(1), reverse: FLAG }
const PUBLISH: KindsOf<PublishOptions> = {
  messageId: TEXT,
  volatile: FLAG,
  key: TEXT,
  echo: FLAG,
  untilSnapshot: FLAG,
}

/** Checks the options of a channel. @throws {TypeError} naming option, value and valid values */
export function checkChannelOptions(options: ChannelOptions): void {
  check(options, CHANNEL)
}

/** Checks the query of a log. @throws {TypeError} naming option, value and valid values */
export function checkHistoryQuery(query: HistoryQuery): void {
  check(query, HISTORY)
}

/** Checks the options of a publish. @throws {TypeError} naming option, value and valid values */
export function checkPublishOptions(options: PublishOptions): void {
  check(options, PUBLISH)
}

function check(options: object, kinds: Readonly<Record<string, Kind>>): void {
  checkOptionsObject('options', options)
  for (const [name, value] of Object.entries(options)) {
    const [isRight, expected] = kinds[name] ?? []
    if (isRight && value !== undefined) checkOption(name, value, isRight(value), expected ?? '')
  }
}

function eventsFrom(min: number): Kind {
  return [
    (value) => isWholeNumber(value, min, MAX_EVENTS),
    `a whole number from ${min} to ${MAX_EVENTS}`,
  ]
}
