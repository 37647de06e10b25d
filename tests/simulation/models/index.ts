import type { Model } from '../runner/model.ts'
import { capacity } from './capacity.ts'
import { channelUsers } from './channel-users.ts'
import { clientDelivery } from './client-delivery.ts'
import { delivery } from './delivery.ts'
import { eventStreams } from './event-streams.ts'
import { faultyNodes } from './faulty-nodes.ts'
import { lists } from './lists.ts'
import { notifications } from './notifications.ts'
import { presence } from './presence.ts'
import { sharedState } from './shared-state.ts'
import { sleepers } from './sleepers.ts'
import { sqliteDamage } from './sqlite-damage.ts'
import { sqliteDelivery } from './sqlite-delivery.ts'
import { triggers } from './triggers.ts'
import { yjsRooms } from './yjs-rooms.ts'

/** All models, as the command line and the tests know them. */
export const models: readonly Model[] = [
  delivery,
  clientDelivery,
  faultyNodes,
  eventStreams,
  sqliteDelivery,
  sqliteDamage,
  triggers,
  notifications,
  presence,
  capacity,
  sharedState,
  lists,
  sleepers,
  channelUsers,
  yjsRooms,
]
