import { find } from './element.ts'
import type { Delivery, Message } from './message.ts'
import { type MessageActions, MessageItem } from './message-item.ts'
import type { NameBook } from './person.ts'

/** The messages of a room: those that the server has, in its order, then those on their way. */
export class MessageList {
  readonly #root = find(document, '#messages', HTMLOListElement)
  readonly #empty = find(document, '#empty', HTMLElement)
  readonly #names: NameBook
  readonly #actions: MessageActions
  readonly #byKey = new Map<string, MessageItem>()
  #items: MessageItem[] = []
  #today = ''

  constructor(names: NameBook, actions: MessageActions) {
    this.#names = names
    this.#actions = actions
  }

  /** The oldest message that the server has. */
  get oldest(): Message | undefined {
    const [first] = this.#items
    return first?.isSent ? first.message : undefined
  }

  /** Shows a message of this window that is not with the server yet. */
  addUnsent(message: Message): void {
    if (this.#byKey.has(message.key)) return
    this.#insert(this.#items.length, this.#create(message, 'sending', true))
  }

  /** Shows a message that the server has; false when it is there already. */
  confirm(message: Message, isOwn: boolean): boolean {
    if (this.#byKey.get(message.key)?.isSent) return false
    const known = isOwn ? this.#findUnsent(message.id) : undefined
    if (known) {
      // A server that forgot this person knows them under another user id, thus another key.
      this.#byKey.delete(known.message.key)
      this.#byKey.set(message.key, known)
      this.#take(known)
      known.confirm(message)
    }
    const item = known ?? this.#create(message, 'sent', isOwn)
    this.#insert(this.#sentCount, item)
    return true
  }

  /** Shows messages from before the oldest one, given oldest first. */
  prepend(messages: readonly Message[], isOwn: (message: Message) => boolean): void {
    const fresh = messages.filter(({ key }) => !this.#byKey.has(key))
    const items = fresh.map((message) => this.#create(message, 'sent', isOwn(message)))
    this.#items.unshift(...items)
    this.#root.prepend(...items.map((item) => item.root))
    for (let at = 0; at <= items.length; at += 1) this.#follow(at)
    this.#showEmptiness()
  }

  /** Shows how far a message has come that was not heard back yet. */
  deliver(id: string, delivery: Delivery, problem?: string): void {
    this.#findUnsent(id)?.deliver(delivery, problem)
  }

  /** Removes a message that was never sent. */
  discard(id: string): void {
    const item = this.#findUnsent(id)
    if (!item) return
    this.#byKey.delete(item.message.key)
    const at = this.#take(item)
    item.root.remove()
    this.#follow(at)
    this.#showEmptiness()
  }

  /** Forgets the server's messages, and keeps messages that it has not received yet. */
  reset(): void {
    for (const item of this.#items) {
      if (item.delivery === 'sending' || item.delivery === 'failed') continue
      this.#byKey.delete(item.message.key)
      item.root.remove()
    }
    this.#items = this.#items.filter((item) => this.#byKey.has(item.message.key))
    this.#follow(0)
    this.#showEmptiness()
  }

  /** Forgets everything. */
  clear(): void {
    this.#byKey.clear()
    this.#items = []
    this.#root.replaceChildren()
    this.#empty.hidden = true
  }

  /** Shows the names as they are known now. */
  rename(): void {
    for (const item of this.#items) this.#name(item)
  }

  /** Invites to say something where nothing was said. */
  showEmptiness(): void {
    this.#empty.hidden = this.#items.length > 0
  }

  get #sentCount(): number {
    return this.#items.findLastIndex((item) => item.isSent) + 1
  }

  #findUnsent(id: string): MessageItem | undefined {
    return this.#items.slice(this.#sentCount).find((item) => item.message.id === id)
  }

  #create(message: Message, delivery: Delivery, isOwn: boolean): MessageItem {
    const item = new MessageItem(message, delivery, isOwn, this.#actions)
    this.#byKey.set(message.key, item)
    this.#name(item)
    return item
  }

  #name(item: MessageItem): void {
    const { userId, claimedName } = item.message
    item.name(this.#names.nameOf(userId, claimedName))
  }

  #insert(at: number, item: MessageItem): void {
    const next = this.#items[at]
    this.#items.splice(at, 0, item)
    // Moving a node takes the focus from a button in it, so it moves only where it must.
    const follower = next?.root ?? null
    const isInPlace = item.root.isConnected && item.root.nextElementSibling === follower
    if (!isInPlace) this.#root.insertBefore(item.root, follower)
    this.#follow(at)
    this.#follow(at + 1)
    this.#turnDay()
    this.#showEmptiness()
  }

  // What was said today was said yesterday once midnight has passed.
  #turnDay(): void {
    const today = new Date().toDateString()
    if (today === this.#today) return
    this.#today = today
    for (const at of this.#items.keys()) this.#follow(at)
  }

  #take(item: MessageItem): number {
    const at = this.#items.indexOf(item)
    this.#items.splice(at, 1)
    return at
  }

  #follow(at: number): void {
    this.#items[at]?.follow(this.#items[at - 1]?.message, new Date())
  }

  // Only ever hides: whether a room is empty is known once it was joined.
  #showEmptiness(): void {
    if (this.#items.length > 0) this.#empty.hidden = true
  }
}
