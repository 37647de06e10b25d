import type { Channel, ChannelEvent, Client, JsonValue, RealtimeError } from '@coterie/client'
import { formatUuidV7 } from '@coterie/protocol'
import type { Announcer } from './announcer.ts'
import { EarlierMessages } from './earlier-messages.ts'
import { type Message, messageKey, readMessage } from './message.ts'
import type { MessageList } from './message-list.ts'
import type { MessageScroller } from './message-scroller.ts'
import type { PageTitle } from './page-title.ts'
import type { NameBook } from './person.ts'
import type { Session } from './session.ts'
import { Unsent, type UnsentMessage } from './unsent.ts'

const EVENT = 'message'
/** Messages that a window begins with. */
const RECENT = 50
const RANDOM_BYTES = 10

/** The parts of the page that show a room. */
export interface RoomParts {
  readonly client: Client
  readonly session: Session
  readonly names: NameBook
  readonly list: MessageList
  readonly scroller: MessageScroller
  readonly title: PageTitle
  readonly announcer: Announcer
}

/** One room while it is open: takes messages in, and gets messages out. */
export class Room {
  readonly channel: Channel
  readonly earlier: EarlierMessages
  readonly #parts: RoomParts
  readonly #unsent: Unsent
  readonly #offs: (() => void)[]
  // What came in a bunch after a cut is told as a number.
  #missed = 0

  constructor(name: string, parts: RoomParts) {
    const { client, session, list, scroller } = parts
    this.#parts = parts
    this.#unsent = new Unsent(name)
    this.channel = client.channel(`room:${name}`, {
      recent: RECENT,
      presence: { data: { name: session.name } },
    })
    this.earlier = new EarlierMessages(this.channel, list, scroller, (id) => this.#isOwn(id))
    this.#offs = [
      this.channel.on(EVENT, (event) => this.#receive(event)),
      this.channel.onReset(() => list.reset()),
      this.channel.status.subscribe((status) => {
        if (status === 'joined') this.#joined()
      }),
    ]
    scroller.toEnd()
    const left = this.#unsent.messages
    for (const message of left) this.#show(message)
    void this.channel.subscribe()
    for (const message of left) this.#publish(message)
  }

  /** Sends a message, and shows it before it has arrived. */
  send(text: string): void {
    const bytes = crypto.getRandomValues(new Uint8Array(RANDOM_BYTES))
    const nowMs = Date.now()
    // Chosen here: however often it is sent, and whatever is reloaded, it is one message.
    const message = { id: formatUuidV7(nowMs, bytes), text, sentAtMs: nowMs }
    this.#unsent.add(message)
    this.#show(message)
    this.#parts.scroller.toEnd()
    this.#publish(message)
    this.channel.typing.stop()
  }

  /** Sends a message again that could not be sent. */
  retry(id: string): void {
    const message = this.#unsent.find(id)
    if (!message) return
    this.#parts.list.deliver(id, 'sending')
    // After a refusal the client waits to be told.
    this.#parts.client.connect()
    this.#publish(message)
  }

  /** Gives up on a message that could not be sent. */
  discard(id: string): void {
    this.#unsent.remove(id)
    this.#parts.list.discard(id)
  }

  /** Leaves, and shows nothing more. */
  close(): void {
    for (const off of this.#offs) off()
    this.earlier.close()
    void this.channel.unsubscribe()
    this.#parts.list.clear()
  }

  #receive(event: ChannelEvent): void {
    const message = readMessage(event)
    if (!message) return
    const { list, scroller, title } = this.#parts
    const isOwn = this.#isOwn(message.userId)
    if (isOwn) this.#unsent.remove(message.id)
    if (!list.confirm(message, isOwn) || isOwn) return
    if (this.earlier.isKnown) {
      scroller.arrived()
      title.arrived()
      this.#announce(message)
    }
  }

  #announce({ userId, claimedName, text }: Message): void {
    const { names, announcer } = this.#parts
    if (this.channel.status() === 'joined') {
      announcer.say(`${names.nameOf(userId, claimedName)}: ${text}`)
    } else this.#missed += 1
  }

  #joined(): void {
    const { list, announcer } = this.#parts
    this.earlier.joined()
    list.showEmptiness()
    if (this.#missed > 0) announcer.say(`${this.#missed} messages came in meanwhile`)
    this.#missed = 0
  }

  #show({ id, text, sentAtMs }: UnsentMessage): void {
    const { userId, name } = this.#parts.session
    this.#parts.list.addUnsent({
      key: messageKey(userId, id),
      id,
      userId,
      claimedName: name,
      text,
      sentAt: new Date(sentAtMs),
      position: undefined,
    })
  }

  #publish({ id, text }: UnsentMessage): void {
    const { list, session, announcer } = this.#parts
    const payload: JsonValue = { text, name: session.name }
    this.channel.publish(EVENT, payload, { messageId: id }).then(
      () => {
        this.#unsent.remove(id)
        list.deliver(id, 'taken')
      },
      (error: RealtimeError) => {
        // Nobody discards a message by leaving the room; it is sent on the next visit.
        list.deliver(id, 'failed', error.message)
        if (this.#unsent.find(id)) announcer.interrupt('A message was not sent')
      },
    )
  }

  #isOwn(userId: string): boolean {
    return userId === this.#parts.session.userId
  }
}
