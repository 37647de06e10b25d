import type { RealtimeError, WebSocketClient } from '@coterie/client'
import type { Announcer } from '../../chat/page/announcer.ts'
import { find, setText } from '../../chat/page/element.ts'

interface Standing {
  readonly tone: 'good' | 'busy' | 'bad'
  readonly label: string
  readonly detail?: string
  readonly action?: { readonly label: string; run(): void }
}

/** Says how things stand with the server, in the badge and, where something is wrong, a banner. */
export class ConnectionStatus {
  readonly #client: WebSocketClient
  readonly #announcer: Announcer
  readonly #badge = find(document, '#badge', HTMLElement)
  readonly #label = find(document, '#badge .label', HTMLElement)
  readonly #banner = find(document, '#banner', HTMLElement)
  readonly #detail = find(document, '#banner .detail', HTMLElement)
  readonly #button = find(document, '#banner button', HTMLButtonElement)
  #run: () => void = () => {}
  #said = ''

  constructor(client: WebSocketClient, announcer: Announcer) {
    this.#client = client
    this.#announcer = announcer
    this.#button.addEventListener('click', () => this.#run())
  }

  /** @param problem why the notifications could not be loaded */
  show(problem: RealtimeError | null): void {
    const { tone, label, detail, action } = readStanding(this.#client, problem)
    this.#badge.dataset.tone = tone
    setText(this.#label, label)
    this.#banner.hidden = detail === undefined
    this.#banner.dataset.tone = tone
    setText(this.#detail, detail ?? '')
    this.#button.hidden = action === undefined
    setText(this.#button, action?.label ?? '')
    this.#run = () => action?.run()
    const words = detail ?? label
    if (this.#said !== '' && this.#said !== words) this.#announcer.say(words)
    this.#said = words
  }
}

function readStanding(client: WebSocketClient, problem: RealtimeError | null): Standing {
  const { connection } = client
  switch (client.status()) {
    case 'connecting':
      return { tone: 'busy', label: 'Connecting' }
    case 'reconnecting':
      return {
        tone: 'busy',
        label: 'Offline',
        detail: 'You are offline, but miss nothing.',
        action: { label: 'Try now', run: () => connection.reconnectNow() },
      }
    case 'disconnected':
      return {
        tone: 'bad',
        label: 'Disconnected',
        detail: `You are not connected: ${connection.error()?.message ?? 'the line was ended'}.`,
        action: { label: 'Connect', run: () => client.connect() },
      }
    case 'connected':
      if (!problem) return { tone: 'good', label: 'Connected' }
      return {
        tone: 'busy',
        label: 'Connected',
        detail: `Not all of your notifications could be loaded: ${problem.message}.`,
      }
  }
}
