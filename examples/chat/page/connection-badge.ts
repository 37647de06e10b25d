import type { Channel, Client } from '@coterie/client'
import type { Announcer } from './announcer.ts'
import { find, setText } from './element.ts'
import { readStanding, type Standing } from './standing.ts'

const SECOND_MS = 1_000

/** Shows how the connection stands: a badge always, a banner when it is not good. */
export class ConnectionBadge {
  readonly #badge = find(document, '#badge', HTMLElement)
  readonly #label = find(document, '#badge .label', HTMLElement)
  readonly #banner = find(document, '#banner', HTMLElement)
  readonly #detail = find(document, '#banner .detail', HTMLElement)
  readonly #action = find(document, '#banner button', HTMLButtonElement)
  readonly #announcer: Announcer
  #run: (() => void) | undefined
  #announced = 'Connecting'
  #tick: ReturnType<typeof setTimeout> | undefined

  constructor(announcer: Announcer) {
    this.#announcer = announcer
    this.#action.addEventListener('click', () => this.#run?.())
  }

  /** Shows how a client and a room stand until the returned function is called. */
  watch(client: Client, room: Channel): () => void {
    const show = (): void => {
      clearTimeout(this.#tick)
      this.#show(readStanding(client, room, Date.now()))
      if (client.retryAt() !== null) this.#tick = setTimeout(show, SECOND_MS)
    }
    const sources = [client.status, client.retryAt, room.status, client.error, room.error]
    const offs = sources.map((source) => source.subscribe(show))
    globalThis.addEventListener('online', show)
    globalThis.addEventListener('offline', show)
    show()
    return () => {
      clearTimeout(this.#tick)
      for (const off of offs) off()
      globalThis.removeEventListener('online', show)
      globalThis.removeEventListener('offline', show)
    }
  }

  #show({ tone, label, detail, action }: Standing): void {
    this.#badge.dataset.tone = tone
    setText(this.#label, label)
    // A banner that disappears keeps its last words while it fades.
    this.#banner.hidden = detail === undefined
    if (detail !== undefined) {
      this.#banner.dataset.tone = tone
      setText(this.#detail, detail)
      this.#action.hidden = action === undefined
      if (action) setText(this.#action, action.label)
    }
    this.#run = action?.run
    this.#announce(label, tone)
  }

  // Once a change: a countdown read out every second would drown everything else.
  #announce(label: string, tone: Standing['tone']): void {
    if (label === this.#announced) return
    // The steps on the way to a connection are of no interest.
    if (label === 'Joining' || label === 'Connecting') return
    this.#announced = label
    if (tone === 'bad') this.#announcer.interrupt(label)
    else this.#announcer.say(label)
  }
}
