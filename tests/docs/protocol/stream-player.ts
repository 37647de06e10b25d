import type { Frame, Player } from './player.ts'

const PATIENCE_MS = 60_000

/** Opens a stream of server-sent events, whose events are frames without their `type`. */
export async function openStream(url: string, token: string): Promise<Player> {
  const cancel = new AbortController()
  const headers = { Authorization: `Bearer ${token}` }
  const signal = AbortSignal.any([cancel.signal, AbortSignal.timeout(PATIENCE_MS)])
  const { body, status } = await fetch(url, { headers, signal })
  if (!body || status !== 200) throw new Error(`the stream was answered ${status}`)
  return new StreamPlayer(body, cancel)
}

class StreamPlayer implements Player {
  readonly frames: Frame[] = []
  readonly closed = undefined
  readonly #reader: ReadableStreamDefaultReader<string>
  readonly #cancel: AbortController
  #text = ''

  constructor(body: ReadableStream<Uint8Array<ArrayBuffer>>, cancel: AbortController) {
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader()
    this.#cancel = cancel
  }

  send(): void {
    throw new Error('nothing is sent by a stream')
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const { value, done } = await this.#reader.read()
      if (done) throw new Error(`the stream ended; received ${JSON.stringify(this.frames)}`)
      const events = (this.#text + value).split('\n\n')
      this.#text = events.pop() ?? ''
      for (const event of events) this.#receive(event)
    }
  }

  happen(sentence: string): Promise<void> {
    throw new Error(`"${sentence}" happens in simulated time only`)
  }

  async end(): Promise<void> {
    this.#cancel.abort()
  }

  #receive(event: string): void {
    const type = /^event: (.*)$/m.exec(event)?.[1]
    const data = /^data: (.*)$/m.exec(event)?.[1]
    if (data !== undefined) this.frames.push({ type, ...(JSON.parse(data) as object) })
  }
}
