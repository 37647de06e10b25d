import type { NotificationPayload, NotificationResource } from '@coterie/protocol'
import { isRecord } from '../connection/frame-reader.ts'

/** A notification in a user's inbox. */
export interface InboxItem extends NotificationPayload {
  /** True once this user has read it, on any device. */
  readonly is_read: boolean
}

/** Reads the notifications of a page and drops those without a usable shape. */
export function readResources(value: unknown): readonly NotificationResource[] {
  return Array.isArray(value) ? value.filter(isResource) : []
}

/** Makes an inbox item of a REST notification. */
export function createItem(resource: NotificationResource, userId: string): InboxItem {
  const {
    status: _status,
    recipients: _recipients,
    delivered_at: _deliveredAt,
    read_by: readBy,
    channels: _channels,
    ...payload
  } = resource
  return { ...payload, is_read: readBy.some((reader) => reader === userId) }
}

/** Tells whether an item has expired. */
export function isExpired({ expires_at: expiresAt }: NotificationPayload, nowMs: number): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= nowMs
}

function isResource(value: unknown): value is NotificationResource {
  return (
    isRecord(value) &&
    typeof value.id === 'string' &&
    typeof value.created_at === 'string' &&
    Array.isArray(value.read_by)
  )
}
