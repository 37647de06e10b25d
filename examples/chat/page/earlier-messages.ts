import type { Channel } from '@coterie/client'
import { type Message, readMessage } from './message.ts'
import type { MessageList } from './message-list.ts'
import type { MessageScroller } from './message-scroller.ts'

const PAGE = 50

/** Fetches messages from before the oldest one shown. */
export class EarlierMessages {
  readonly #channel: Channel
  readonly #list: MessageList
  readonly #scroller: MessageScroller
  readonly #isOwn: (userId: string) => boolean
  #isKnown = false
  #isLoading = false
  #isClosed = false
  #off: () => void

  constructor(
    channel: Channel,
    list: MessageList,
    scroller: MessageScroller,
    isOwn: (userId: string) => boolean,
  ) {
    this.#channel = channel
    this.#list = list
    this.#scroller = scroller
    this.#isOwn = isOwn
    scroller.showEarlier('unknown')
    // After a reset the list begins elsewhere.
    this.#off = channel.onReset(() => {
      this.#isKnown = false
    })
  }

  /** True once the messages to begin with were shown. */
  get isKnown(): boolean {
    return this.#isKnown
  }

  /** Notes that the room was joined and its newest messages are shown. */
  joined(): void {
    if (this.#isKnown) return
    this.#isKnown = true
    this.#scroller.showEarlier(this.#list.oldest ? 'more' : 'unknown')
  }

  /** Fetches the next page, unless that is under way. */
  async load(): Promise<void> {
    const since = this.#list.oldest?.position
    if (this.#isLoading || !this.#isKnown || since === undefined) return
    this.#isLoading = true
    this.#scroller.showEarlier('loading')
    try {
      const { events } = await this.#channel.history({ since, limit: PAGE, reverse: true })
      if (this.#isClosed || this.#list.oldest?.position !== since) return
      this.#show(events.toReversed().map(readMessage))
      this.#scroller.showEarlier(events.length < PAGE ? 'none' : 'more')
    } catch {
      // The button stays, so that the user can try again.
      if (!this.#isClosed) this.#scroller.showEarlier('failed')
    } finally {
      this.#isLoading = false
    }
  }

  close(): void {
    this.#isClosed = true
    this.#off()
  }

  #show(messages: readonly (Message | undefined)[]): void {
    const shown = messages.filter((message) => message !== undefined)
    this.#scroller.keepPlace(() => {
      this.#list.prepend(shown, ({ userId }) => this.#isOwn(userId))
    })
  }
}
