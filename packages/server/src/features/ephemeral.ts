import type { EphemeralFrame, UserId } from '@coterie/protocol'
import { refuseStranger } from '../core/access.ts'
import type { Fanout } from '../core/fanout.ts'
import { done, type Feature } from '../core/feature.ts'
import { OutgoingFrame } from '../core/outgoing-frame.ts'
import type { Clock } from '../ports/clock.ts'
import type { Engine, JsonText } from '../ports/engine.ts'
import type { Logger } from '../ports/logger.ts'

const MAP = 'typing'
/** Typing ends by itself this long after it was last renewed, in ms. */
const TYPING_TTL_MS = 5_000
/** A renewal is told again after this long, so that who joined since sees it, in ms. */
const RETELL_MS = 2_000

/** What the feature needs of the hub. */
export interface EphemeralFeatureParts {
  readonly engine: Engine
  readonly fanout: Fanout
  readonly clock: Clock
  readonly logger: Logger
}

/** Signals that are never logged: who is typing. */
export function ephemeralFeature({
  engine,
  fanout,
  clock,
  logger,
}: EphemeralFeatureParts): Feature {
  /** Who types in which channel by which connection of this node. */
  const typing = new Map<string, Map<string, string>>()
  /** When typing was last told, by channel and user. */
  const toldAtMs = new Map<string, Map<string, number>>()

  const tell = (channel: string, userId: string, type: EphemeralFrame['event_type']): void => {
    const fields: Omit<EphemeralFrame, 'type'> = {
      room_id: channel.startsWith('room:') ? channel.slice('room:'.length) : null,
      channel,
      event_type: type,
      user_id: userId as UserId,
      timestamp: new Date(clock.now()).toISOString(),
      data: {},
    }
    fanout.signal(channel, new OutgoingFrame('ephemeral', JSON.stringify(fields)))
  }

  const stop = (channel: string, userId: string, connectionId: string): void => {
    if (typing.get(channel)?.get(userId) !== connectionId) return
    remove(typing, channel, userId)
    engine.change(channel, MAP, [{ key: userId, value: null }], {}).catch((error: unknown) => {
      logger.warn({ channel, error }, 'typing could not be ended; it ends by itself')
    })
  }

  return {
    map: MAP,

    frames: {
      async typing(connection, { channel, is_typing: isTyping }) {
        const { principal } = connection
        if (!principal || !connection.memberships.get(channel)?.isSubscribed) {
          return refuseStranger(channel)
        }
        const { userId } = principal
        if (!isTyping) {
          stop(channel, userId, connection.id)
          return done
        }
        set(typing, channel, userId, connection.id)
        const value = JSON.stringify(connection.id) as JsonText
        const changes = [{ key: userId, value }]
        const changed = await engine.change(channel, MAP, changes, { ttlMs: TYPING_TTL_MS })
        return changed.ok ? done : changed
      },
    },

    onChange({ channel, changes }) {
      const nowMs = clock.elapsed()
      for (const { key: userId, value } of changes) {
        if (value === null) {
          remove(typing, channel, userId)
          remove(toldAtMs, channel, userId)
          tell(channel, userId, 'typing_stop')
        } else if (nowMs - (toldAtMs.get(channel)?.get(userId) ?? -RETELL_MS) >= RETELL_MS) {
          set(toldAtMs, channel, userId, nowMs)
          tell(channel, userId, 'typing_start')
        }
      }
    },

    onLeave({ connection, channel }) {
      if (connection.principal) stop(channel, connection.principal.userId, connection.id)
    },

    onPublished(connection, channel) {
      if (connection.principal) stop(channel, connection.principal.userId, connection.id)
    },
  }
}

function set<Value>(
  table: Map<string, Map<string, Value>>,
  channel: string,
  userId: string,
  value: Value,
): void {
  const row = table.get(channel)
  if (row) row.set(userId, value)
  else table.set(channel, new Map([[userId, value]]))
}

function remove<Value>(
  table: Map<string, Map<string, Value>>,
  channel: string,
  userId: string,
): void {
  const row = table.get(channel)
  row?.delete(userId)
  if (row?.size === 0) table.delete(channel)
}
