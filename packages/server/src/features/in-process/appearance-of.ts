import type { PresenceAppearance, PresenceStatus } from '@coterie/protocol'
import type { PresenceMetadata } from '../../local/presence-tracker.ts'

const STATUSES: readonly PresenceStatus[] = ['online', 'away', 'offline']

/**
 * Reads metadata of a client as what a connection shows: `{status, data}` as it
 * stands, and anything else as the data, whose `status` counts where it is one.
 */
export function appearanceOf(metadata: PresenceMetadata): PresenceAppearance {
  const status = STATUSES.find((known) => known === metadata.status)
  const isAppearance = Object.keys(metadata).every((key) => key === 'status' || key === 'data')
  const data = isAppearance ? metadata.data : metadata
  return { ...(status && { status }), ...(data !== undefined && { data }) }
}
