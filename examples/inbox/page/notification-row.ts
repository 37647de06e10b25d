import type { InboxItem, NotificationAction } from '@coterie/client'
import { momentLabel } from '../../chat/page/date-label.ts'
import { element, setText } from '../../chat/page/element.ts'
import { ageLabel, remainderLabel } from './age-label.ts'
import { createKindIcon, PRIORITY_LOOKS, senderOf, TYPE_LOOKS } from './notification-look.ts'

/** What can be done with a notification. */
export interface RowEvents {
  onOpen(item: InboxItem): void
  onAction(item: InboxItem, action: NotificationAction): void
}

/** One notification of the list. */
export class NotificationRow {
  readonly root = element('li', 'item')
  readonly open = element('button', 'open')
  readonly #item: InboxItem
  readonly #unread = element('span', 'hidden', 'Unread. ')
  readonly #age = element('time', 'age')
  readonly #remainder = element('span', 'remainder')

  constructor(item: InboxItem, { onOpen, onAction }: RowEvents) {
    this.#item = item
    this.open.type = 'button'
    this.open.append(this.#unread, element('span', 'title', item.title))
    this.open.addEventListener('click', () => onOpen(item))
    const created = new Date(item.created_at)
    this.#age.dateTime = item.created_at
    this.#age.title = momentLabel(created)
    this.root.append(createKindIcon(item), element('h3', '', this.open), this.#age)
    if (item.message !== '') this.root.append(element('p', 'text', item.message))
    this.root.append(createMeta(item, this.#remainder))
    if (item.actions.length > 0) this.root.append(createActions(item, onAction))
  }

  /** @param isRead what is shown may be ahead of what the server knows */
  show(isRead: boolean, nowMs: number): void {
    const { created_at: createdAt, expires_at: expiresAt } = this.#item
    this.root.dataset.isRead = String(isRead)
    this.#unread.hidden = isRead
    setText(this.#age, ageLabel(Date.parse(createdAt), nowMs))
    if (expiresAt !== null) setText(this.#remainder, remainderLabel(Date.parse(expiresAt), nowMs))
  }
}

function createMeta(item: InboxItem, remainder: HTMLElement): HTMLElement {
  const kind = element('span', '', (TYPE_LOOKS[item.type] ?? TYPE_LOOKS.system).label)
  const from = element('span', '', 'from ', element('bdi', '', senderOf(item)))
  const meta = element('p', 'meta', kind, from)
  const { label, tone } = PRIORITY_LOOKS[item.priority] ?? PRIORITY_LOOKS.normal
  if (tone) {
    const priority = element('span', 'priority', label)
    priority.dataset.tone = tone
    meta.append(priority)
  }
  if (item.expires_at !== null) meta.append(remainder)
  return meta
}

function createActions(item: InboxItem, onAction: RowEvents['onAction']): HTMLElement {
  const buttons = item.actions.map((action) => {
    const button = element('button', 'secondary', action.label)
    button.type = 'button'
    button.addEventListener('click', () => {
      // One answer is enough.
      button.disabled = true
      onAction(item, action)
    })
    return button
  })
  return element('div', 'actions', ...buttons)
}
