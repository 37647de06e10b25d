import { type RealtimeHub, tenantChannel, userChannel } from '@coterie/server'
import { unwrap } from './unwrap.ts'

/** Tells everybody who is connected and listens to `global`. */
export async function broadcast(hub: RealtimeHub, message: string): Promise<void> {
  unwrap(await hub.realtimeEvent({ channel: 'global', event: 'broadcast', data: { message } }))
}

/** Tells each admin, on all their devices: a user's own channel is joined by itself. */
export async function alertAdmins(
  hub: RealtimeHub,
  adminIds: readonly string[],
  alert: string,
): Promise<void> {
  for (const id of adminIds) {
    unwrap(
      await hub.realtimeEvent({ channel: userChannel(id), event: 'admin_alert', data: { alert } }),
    )
  }
}

/** Tells those of one tenant that an order was created; others may not even listen. */
export async function announceOrder(
  hub: RealtimeHub,
  tenant: string,
  order: { readonly order_id: number; readonly total: number },
): Promise<void> {
  unwrap(
    await hub.realtimeEvent({
      channel: tenantChannel(tenant, 'orders'),
      event: 'order_created',
      data: { ...order },
    }),
  )
}
