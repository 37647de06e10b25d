/** One event as an EventSource told it. */
export interface HeardEvent {
  readonly type: string
  // biome-ignore lint/suspicious/noExplicitAny: tests match on parts of it
  readonly data: any
  readonly lastEventId: string
}

/** The kinds of event that a listener asks an EventSource for, beside `open` and `error`. */
export const EVENT_TYPES = ['connection', 'event', 'gap', 'close', 'ping', 'message']

/** All that one EventSource told, in order. */
export class HeardEvents {
  readonly all: HeardEvent[] = []
  #onProgress = (): void => {}

  /** Notes one event; `data` is its text. */
  take(type: string, data: string, lastEventId: string): void {
    this.all.push({ type, data: data === '' ? undefined : JSON.parse(data), lastEventId })
    this.#onProgress()
  }

  /** Those of one kind. */
  of(type: string): HeardEvent[] {
    return this.all.filter((each) => each.type === type)
  }

  /** The payloads of one channel's events, in the order of arrival. */
  payloads(channel: string): unknown[] {
    return this.of('event')
      .filter(({ data }) => data.channel === channel)
      .map(({ data }) => data.payload)
  }

  /** Resolves when so many of one kind were heard. */
  async until(type: string, count: number): Promise<void> {
    while (this.of(type).length < count) {
      await new Promise<void>((resolve) => {
        this.#onProgress = resolve
      })
    }
  }
}
