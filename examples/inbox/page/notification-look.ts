import type { InboxItem, NotificationPriority, NotificationType } from '@coterie/client'

/** How pressing something looks. */
export type Tone = 'plain' | 'warm' | 'alarm'

interface Look {
  readonly label: string
  readonly tone: Tone
  /** The outline of the icon, in a square of 20. */
  readonly icon: string
}

const CIRCLE = 'M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0z'
const BUBBLE =
  'M4 4.500h12a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H9l-4 3v-3H4a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1z'

/** What each type is called and looks like. */
export const TYPE_LOOKS: Readonly<Record<NotificationType, Look>> = {
  message: { label: 'Message', tone: 'plain', icon: BUBBLE },
  mention: {
    label: 'Mention',
    tone: 'plain',
    icon: 'M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0zm0-3v4a2 2 0 0 0 4 0v-1a7 7 0 1 0-3 5.700',
  },
  comment: { label: 'Comment', tone: 'plain', icon: `${BUBBLE}M6.500 7.700h7m-7 3h4` },
  update: {
    label: 'Update',
    tone: 'plain',
    icon: 'M16 10a6 6 0 0 1-10.500 4M4 10a6 6 0 0 1 10.500-4M14.500 2.500V6H11M5.500 17.500V14H9',
  },
  new_content: {
    label: 'New content',
    tone: 'plain',
    icon: 'm10 2.500 1.900 5.600 5.600 1.900-5.600 1.900-1.900 5.600-1.900-5.600L2.500 10l5.600-1.900z',
  },
  task: { label: 'Task', tone: 'plain', icon: `m7 10.200 2.200 2.200L13.200 8${CIRCLE}` },
  reminder: { label: 'Reminder', tone: 'warm', icon: `M10 6v4l2.700 2${CIRCLE}` },
  deadline: { label: 'Deadline', tone: 'warm', icon: 'M5 17.500v-14h9.500l-2 3.500 2 3.500H5' },
  warning: {
    label: 'Warning',
    tone: 'warm',
    icon: 'm10 3.500 7.500 13h-15zM10 8.500v3.500m0 2.200v.1',
  },
  error: { label: 'Error', tone: 'alarm', icon: `m7.500 7.500 5 5m0-5-5 5${CIRCLE}` },
  security: {
    label: 'Security',
    tone: 'alarm',
    icon: 'm10 2.500 6 2.300v4.700c0 4-2.500 6.700-6 8-3.500-1.300-6-4-6-8V4.800z',
  },
  maintenance: {
    label: 'Maintenance',
    tone: 'warm',
    icon: 'm16.800 5.300-2.600 2.600-2.100-2.100 2.600-2.600a4.200 4.200 0 0 0-5.300 5.300L3.300 14.600l2.100 2.100 6.100-6.100a4.200 4.200 0 0 0 5.300-5.300z',
  },
  system: { label: 'System', tone: 'plain', icon: 'M3 4.500h14v8.500H3zM7 16.500h6M10 13v3.500' },
}

/** What each priority is called, and how it looks where it is worth a word. */
export const PRIORITY_LOOKS: Readonly<
  Record<NotificationPriority, { readonly label: string; readonly tone: Tone | undefined }>
> = {
  low: { label: 'Low', tone: undefined },
  normal: { label: 'Normal', tone: undefined },
  high: { label: 'High', tone: 'warm' },
  urgent: { label: 'Urgent', tone: 'alarm' },
  emergency: { label: 'Emergency', tone: 'alarm' },
}

/** Makes the icon of a notification; a type of a newer server looks like a message of the system. */
export function createKindIcon({ type }: InboxItem): HTMLElement {
  const { icon, tone } = TYPE_LOOKS[type] ?? TYPE_LOOKS.system
  const kind = document.createElement('span')
  kind.className = 'kind'
  kind.dataset.tone = tone
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 20 20')
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', icon)
  svg.append(path)
  kind.append(svg)
  return kind
}

/** Who a notification is from, as the server said. */
export function senderOf({ metadata, sender_id: senderId }: InboxItem): string {
  const { from } = metadata
  if (typeof from === 'string' && from !== '') return from
  return senderId === null ? 'Coterie' : 'Someone'
}
