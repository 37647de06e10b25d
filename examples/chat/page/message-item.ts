import { createAvatar, renameAvatar } from './avatar.ts'
import { dayLabel, isSameDay, momentLabel, timeLabel } from './date-label.ts'
import { element, setText } from './element.ts'
import type { Delivery, Message } from './message.ts'
import { hueOf } from './person.ts'

/** A pause after which the same person's next message says the time again. */
const GROUP_PAUSE_MS = 5 * 60_000

/** What can be done about a message that could not be sent. */
export interface MessageActions {
  onRetry(id: string): void
  onDiscard(id: string): void
}

/** One message in the list. */
export class MessageItem {
  readonly root = element('li', 'message')
  #message: Message
  #delivery: Delivery
  readonly #actions: MessageActions
  readonly #day = element('p', 'day')
  readonly #avatar: HTMLElement
  readonly #author = element('span', 'author')
  readonly #time = element('time', '')
  readonly #status = element('p', 'status')

  constructor(message: Message, delivery: Delivery, isOwn: boolean, actions: MessageActions) {
    this.#message = message
    this.#delivery = delivery
    this.#actions = actions
    this.#avatar = createAvatar(message.userId, message.claimedName ?? '')
    this.#day.hidden = true
    const text = element('p', 'text', message.text)
    // Each message reads in its own direction, whatever language the page is in.
    text.dir = 'auto'
    const meta = element('p', 'meta', this.#author, ' ', this.#time)
    const bubble = element('div', 'bubble', text, this.#status)
    this.root.append(this.#day, this.#avatar, element('div', 'body', meta, bubble))
    this.root.classList.toggle('is-own', isOwn)
    this.root.style.setProperty('--hue', String(hueOf(message.userId)))
    this.#render()
  }

  get message(): Message {
    return this.#message
  }

  get isSent(): boolean {
    return this.#delivery === 'sent'
  }

  get delivery(): Delivery {
    return this.#delivery
  }

  /** Takes the message as everybody sees it: with the server's time and place. */
  confirm(message: Message): void {
    this.#message = message
    this.deliver('sent')
  }

  /** Shows how far the message has come; `problem` says why it failed. */
  deliver(delivery: Delivery, problem?: string): void {
    this.#delivery = delivery
    this.#render(problem)
  }

  /** Shows who wrote it. */
  name(name: string): void {
    setText(this.#author, name)
    renameAvatar(this.#avatar, name)
  }

  /** Shows what depends on the message before: the day, and whether a group begins. */
  follow(previous: Message | undefined, now: Date): void {
    const { userId, sentAt } = this.#message
    const startsDay = !previous || !isSameDay(previous.sentAt, sentAt)
    const pauseMs = previous ? sentAt.getTime() - previous.sentAt.getTime() : 0
    const startsGroup = startsDay || previous.userId !== userId || pauseMs > GROUP_PAUSE_MS
    this.#day.hidden = !startsDay
    if (startsDay) setText(this.#day, dayLabel(sentAt, now))
    this.root.classList.toggle('starts-group', startsGroup)
  }

  #render(problem = ''): void {
    const { sentAt } = this.#message
    this.root.dataset.delivery = this.#delivery
    this.#time.dateTime = sentAt.toISOString()
    this.#time.title = momentLabel(sentAt)
    setText(this.#time, timeLabel(sentAt))
    this.#status.replaceChildren()
    if (this.#delivery === 'sending') this.#status.append('Sending…')
    if (this.#delivery === 'failed') this.#renderFailure(problem)
  }

  #renderFailure(problem: string): void {
    const { id } = this.#message
    const retry = element('button', 'link', 'Retry')
    const discard = element('button', 'link', 'Discard')
    retry.type = 'button'
    discard.type = 'button'
    retry.addEventListener('click', () => this.#actions.onRetry(id))
    discard.addEventListener('click', () => this.#actions.onDiscard(id))
    const reason = element('span', 'reason', problem === '' ? 'Not sent' : `Not sent: ${problem}`)
    this.#status.append(reason, ' ', retry, ' ', discard)
  }
}
