import { ANY, fields, NUMBER, OBJECT, optional, TEXT, TEXTS } from './argument-kinds.ts'
import { type Call, promises, rejects, returns, throws } from './guard-calls.ts'
import { REVOCATION_CALLS } from './service-calls.ts'

const CHANNEL = { channel: TEXT }
const CLIENT = { channel: TEXT, clientId: TEXT }
const SESSION = { session: TEXT }

/** How a hub's own methods are called; `publish` and `trigger` check their arguments themselves. */
export const HUB_CALLS = {
  createChannel: throws({ name: TEXT, options: optional(fields()) }),
  removeChannel: throws({ name: TEXT }),
  join: throws({ ...CLIENT, metadata: optional(OBJECT) }),
  leave: throws(CLIENT),
  disconnect: throws({ clientId: TEXT }),
  publishJson: throws({ ...CHANNEL, value: ANY }),
  getPresence: throws(CHANNEL),
  getPresenceDiff: throws(CHANNEL),
  realtimeEvent: promises({ event: fields({ channel: TEXT, event: TEXT }) }),
  publishJsonText: promises({ ...CHANNEL, event: TEXT, json: TEXT, options: optional(fields()) }),
  revoke: REVOCATION_CALLS.revoke,
  recheck: returns({ principal: OBJECT }),
  maySubscribe: returns({ principal: OBJECT, channel: TEXT }),
  connect: throws({
    transport: OBJECT,
    principal: optional(OBJECT),
    notAnonymous: optional(OBJECT),
  }),
  receive: rejects({ ...SESSION, messages: TEXTS }),
  hasStream: throws(SESSION),
  countRefusedBytes: throws({ ...SESSION, bytes: NUMBER }),
  principalOf: throws(SESSION),
  ownerOf: throws(SESSION),
  start: rejects({}),
  health: rejects({}),
  figures: throws({}),
  triggerFigures: throws({}),
  close: rejects({}),
} satisfies Readonly<Record<string, Call>>
