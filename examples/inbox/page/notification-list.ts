import type { InboxItem, UserInbox } from '@coterie/client'
import { element, find, setText } from '../../chat/page/element.ts'
import { NotificationRow, type RowEvents } from './notification-row.ts'

const GHOSTS = 4
// What came just now rises into its place; what was there before is simply there.
const NEWS_MS = 5_000

/** The list of notifications, with what stands in its place while there are none. */
export class NotificationList {
  readonly #list = find(document, '#list', HTMLOListElement)
  readonly #title = find(document, '#inbox-title', HTMLElement)
  readonly #empty = find(document, '#empty', HTMLElement)
  readonly #headline = find(document, '#empty .headline', HTMLElement)
  readonly #detail = find(document, '#empty .detail', HTMLElement)
  readonly #more = find(document, '#more', HTMLButtonElement)
  readonly #events: RowEvents
  readonly #rows = new Map<string, NotificationRow>()
  readonly #loaded = new WeakSet<UserInbox>()

  constructor(events: RowEvents, onMore: () => void) {
    this.#events = events
    this.#more.addEventListener('click', onMore)
  }

  show(inbox: UserInbox, unreadOnly: boolean): void {
    const items = inbox.notifications()
    // Until the first page has come, nobody knows whether there is something.
    if (items.length > 0 || (inbox.isConnected() && !inbox.isLoading())) this.#loaded.add(inbox)
    const isLoaded = this.#loaded.has(inbox)
    this.#list.setAttribute('aria-busy', String(inbox.isLoading()))
    if (isLoaded) this.#showItems(items)
    else this.#showGhosts()
    this.#more.hidden = !inbox.hasMore()
    setText(this.#more, inbox.isLoading() ? 'Loading…' : 'Load more')
    this.#empty.hidden = !isLoaded || items.length > 0
    setText(this.#headline, unreadOnly ? 'All read' : 'Nothing here yet')
    setText(
      this.#detail,
      unreadOnly ? 'Nothing waits for you.' : 'What others send you appears here at once.',
    )
  }

  /** Updates the displayed ages. */
  tick(inbox: UserInbox): void {
    const nowMs = Date.now()
    for (const { id, is_read: isRead } of inbox.notifications()) {
      this.#rows.get(id)?.show(isRead, nowMs)
    }
  }

  /** Brings one into sight, and the focus to it; without one, to the list. */
  reveal(id?: string): void {
    const row = id === undefined ? undefined : this.#rows.get(id)
    row?.root.scrollIntoView({ block: 'nearest' })
    if (row) row.open.focus()
    else this.#title.focus()
  }

  #showItems(items: readonly InboxItem[]): void {
    const nowMs = Date.now()
    const nodes = items.map((item) => {
      const known = this.#rows.get(item.id)
      const row = known ?? new NotificationRow(item, this.#events)
      if (!known && nowMs - Date.parse(item.created_at) < NEWS_MS) row.root.dataset.isNew = 'true'
      this.#rows.set(item.id, row)
      row.show(item.is_read, nowMs)
      return row.root
    })
    const next = this.#nextFocus(new Set(nodes))
    arrange(this.#list, nodes)
    next?.focus()
    const shown = new Set<string>(items.map(({ id }) => id))
    for (const id of [...this.#rows.keys()]) if (!shown.has(id)) this.#rows.delete(id)
  }

  // Whoever goes through the list by keyboard stays where it closed up.
  #nextFocus(staying: ReadonlySet<Element>): HTMLElement | undefined {
    const focused = document.activeElement?.closest('.item')
    if (!focused || staying.has(focused) || !this.#list.contains(focused)) return undefined
    const isThere = (node: Element): boolean => staying.has(node)
    const all = [...this.#list.children]
    const at = all.indexOf(focused)
    const neighbour = all.slice(at).find(isThere) ?? all.slice(0, at).findLast(isThere)
    return neighbour?.querySelector<HTMLElement>('.open') ?? this.#title
  }

  #showGhosts(): void {
    if (this.#list.querySelector('.ghost')) return
    const ghosts = Array.from({ length: GHOSTS }, () => element('li', 'ghost'))
    for (const ghost of ghosts) ghost.setAttribute('aria-hidden', 'true')
    this.#list.replaceChildren(...ghosts)
  }
}

// A node that is taken out and put back loses the focus, so only what differs is moved.
function arrange(list: Element, nodes: readonly Element[]): void {
  const staying = new Set(nodes)
  for (const node of [...list.children]) if (!staying.has(node)) node.remove()
  nodes.forEach((node, index) => {
    const there = list.children[index]
    if (there !== node) list.insertBefore(node, there ?? null)
  })
}
