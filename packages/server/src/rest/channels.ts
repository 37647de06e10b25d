import { formatPosition } from '@coterie/protocol'
import type { Context } from 'hono'
import type { ChannelReader } from '../core/channel-reader.ts'
import { isoTime } from '../core/iso-time.ts'
import type { Reader } from '../core/reader.ts'
import type { EphemeralEvents } from '../features/ephemeral/ephemeral-events.ts'
import type { PresenceReader } from '../features/presence/presence-reader.ts'
import type { ServerState } from '../features/state/server-state.ts'
import {
  getChannel,
  listChannels,
  readHistory,
  readPresence,
  readReads,
  readState,
} from './contracts/channels.ts'
import { jsonText } from './json-text.ts'
import type { RestEnv } from './rest-env.ts'
import { CHARGES_ITSELF, type RestRouter } from './rest-router.ts'
import { unwrap } from './unwrap.ts'

/** The parts of the hub that reading channels by REST needs. */
export interface ChannelsParts {
  readonly channels: ChannelReader
  readonly presence: PresenceReader
  readonly state: ServerState
  readonly ephemeral: EphemeralEvents
  /** Events of one page at most. */
  readonly maxEvents: number
}

/** Serves the list and contents of channels to the server and to permitted users. */
export function serveChannels(
  router: RestRouter,
  { channels, presence, state, ephemeral, maxEvents }: ChannelsParts,
): void {
  router.serve(listChannels, (context) => {
    const request = context.req.valid('query')
    return context.json(channels.page(request, readerOf(context)), 200)
  })

  router.serve(getChannel, async (context) => {
    const { name } = context.req.valid('param')
    const { history, ...rest } = unwrap(await channels.describe(name, readerOf(context)))
    const kept = history && { size: history.size, ttl_ms: history.ttlMs }
    return context.json({ ...rest, history: kept }, 200)
  })

  router.serve(
    readHistory(maxEvents),
    async (context) => {
      const { name } = context.req.valid('param')
      const reader = readerOf(context)
      const page = await channels.history(name, context.req.valid('query'), reader)
      return jsonText(context, unwrap(page))
    },
    CHARGES_ITSELF,
  )

  router.serve(
    readPresence,
    async (context) => {
      const { name } = context.req.valid('param')
      const reader = readerOf(context)
      return context.json(
        unwrap(await presence.read(name, context.req.valid('query'), reader)),
        200,
      )
    },
    CHARGES_ITSELF,
  )

  router.serve(
    readState,
    async (context) => {
      const { name } = context.req.valid('param')
      return jsonText(context, unwrap(await state.readText(name, readerOf(context))))
    },
    CHARGES_ITSELF,
  )

  router.serve(
    readReads,
    async (context) => {
      const { name } = context.req.valid('param')
      const marks = unwrap(await ephemeral.readMarksFor(name, readerOf(context)))
      const reads = [...marks].map(([userId, { eventId, position, readAtMs }]) => ({
        user_id: userId,
        event_id: eventId,
        position: formatPosition(position),
        read_at: isoTime(readAtMs),
      }))
      return context.json({ reads }, 200)
    },
    CHARGES_ITSELF,
  )
}

function readerOf({ get, env }: Context<RestEnv>): Reader | undefined {
  const { principal } = get('caller')
  return principal && { principal, address: env.clientAddress, isMember: false }
}
