import { onTestFinished } from 'vitest'

/** The lines of one server-sent event, by the name of their field. */
export interface StreamBlock {
  readonly id: string | undefined
  readonly event: string | undefined
  /** The `data` lines, joined as a reader joins them. */
  readonly data: string
}

/** A stream of server-sent events read as bytes, by one who trusts nothing. */
export class RawStream {
  readonly response: Response
  /** All that came, as it came. */
  text = ''
  /** True once the server ended the stream. */
  hasEnded = false
  readonly #abort: AbortController
  #onProgress = (): void => {}

  private constructor(response: Response, abort: AbortController) {
    this.response = response
    this.#abort = abort
  }

  /** Opens a stream for as long as the current test runs. */
  static async open(url: string | URL, headers: Record<string, string> = {}): Promise<RawStream> {
    const abort = new AbortController()
    onTestFinished(() => abort.abort())
    const stream = new RawStream(await fetch(url, { headers, signal: abort.signal }), abort)
    void stream.#read()
    return stream
  }

  /** What came so far, cut at the empty lines; comments and unfinished blocks left out. */
  get blocks(): StreamBlock[] {
    const finished = this.text.slice(0, this.text.lastIndexOf('\n\n') + 1).split('\n\n')
    return finished.filter((block) => /^(id|event|data):/m.test(block)).map(readBlock)
  }

  /** Resolves when what came fulfils a condition. */
  async until(isEnough: (stream: this) => boolean): Promise<void> {
    while (!isEnough(this)) {
      if (this.hasEnded) throw new Error(`the stream ended after ${JSON.stringify(this.text)}`)
      await new Promise<void>((resolve) => {
        this.#onProgress = resolve
      })
    }
  }

  /** Resolves with the first block of one kind beyond those already seen. */
  async next(event: string, seen = 0): Promise<StreamBlock> {
    const ofKind = (): StreamBlock[] => this.blocks.filter((block) => block.event === event)
    await this.until(() => ofKind().length > seen)
    return ofKind()[seen] as StreamBlock
  }

  /** Resolves when the server ended the stream. */
  ended(): Promise<void> {
    return this.until(() => this.hasEnded)
  }

  /** Goes away without a word. */
  close(): void {
    this.#abort.abort()
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder('utf-8', { fatal: true })
    try {
      for await (const bytes of this.response.body ?? []) {
        this.text += decoder.decode(bytes, { stream: true })
        this.#onProgress()
      }
    } catch {
      // Cut off is one way to end.
    }
    this.hasEnded = true
    this.#onProgress()
  }
}

function readBlock(block: string): StreamBlock {
  const fields = new Map<string, string[]>()
  for (const line of block.split('\n').filter((each) => !each.startsWith(':'))) {
    const separator = line.indexOf(': ')
    const name = line.slice(0, separator)
    fields.set(name, [...(fields.get(name) ?? []), line.slice(separator + 2)])
  }
  return {
    id: fields.get('id')?.join(),
    event: fields.get('event')?.join(),
    data: (fields.get('data') ?? []).join('\n'),
  }
}
