import type { Closed } from '@coterie/testing'
import type { Frame, Player } from './player.ts'

const PATIENCE_MS = 60_000

/** Opens a real WebSocket on which the page is played. */
export async function openSocket(url: string): Promise<Player> {
  const player = new SocketPlayer(new WebSocket(url))
  await player.opened
  return player
}

class SocketPlayer implements Player {
  readonly frames: Frame[] = []
  closed: Closed | undefined
  readonly opened: Promise<void>
  readonly #socket: WebSocket
  #wake = (): void => {}

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.onmessage = ({ data }) => {
      this.frames.push(JSON.parse(String(data)) as Frame)
      this.#wake()
    }
    socket.onclose = ({ code, reason }) => {
      this.closed = { code, reason }
      this.#wake()
    }
    this.opened = new Promise((resolve) => {
      socket.onopen = () => resolve()
    })
  }

  send(message: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(message)
  }

  async until(condition: () => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(PATIENCE_MS)
    while (!condition()) {
      if (deadline.aborted) {
        throw new Error(`what the page says did not come; received ${JSON.stringify(this.frames)}`)
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        deadline.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  happen(sentence: string): Promise<void> {
    throw new Error(`"${sentence}" happens in simulated time only`)
  }

  async end(): Promise<void> {
    this.#socket.close()
  }
}
