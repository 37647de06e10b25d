import { HALF_CHARACTER, type JsonObjectLike, RealtimeError, showValue } from '@coterie/protocol'
import { jsonTextOf } from '../../core/write-json.ts'

/** What either form of `publish` expects, where one may have been meant for the other. */
const BOTH_CALLS =
  'publish(channel, text) is for channels that createChannel made, publish(channel, event, payload) for all'

/** @throws {RealtimeError} `invalid_payload` for a client that others could not see as it is */
export function checkClient(clientId: string, metadata: JsonObjectLike): void {
  if (!clientId.isWellFormed()) {
    throw new RealtimeError('invalid_payload', `client id: ${HALF_CHARACTER}`)
  }
  const text = jsonTextOf('metadata', metadata)
  if (!text.ok) throw text.error
}

/** @throws {RealtimeError} `invalid_payload` for a message that is not a text of whole characters */
export function checkMessage(message: string): void {
  if (typeof message !== 'string') {
    const problem = `message: expected a text, got ${showValue(message)}; ${BOTH_CALLS}`
    throw new RealtimeError('invalid_payload', problem)
  }
  if (message.isWellFormed()) return
  throw new RealtimeError('invalid_payload', `message: ${HALF_CHARACTER}`)
}

/** Says that a channel has to be created before texts are published to it. */
export function createUncreated(channel: string): RealtimeError {
  const problem = `no channel ${channel} within this process; create it first: ${BOTH_CALLS}`
  return new RealtimeError('unknown_channel', problem)
}
