import { NotServedError } from '../not-served-error.ts'
import { Arrivals } from './arrivals.ts'
import { EventStream } from './event-stream.ts'
import { inBatches } from './in-batches.ts'
import { type Latency, LatencySamples } from './latency.ts'
import type { Expectation } from './receivers.ts'

const SAMPLED_STREAMS = 20

/** How many streams of what. */
export interface EventStreamsPlan {
  readonly port: number
  readonly path: string
  readonly streams: number
}

/** Many streams of server-sent events. */
export class EventStreams {
  readonly #streams: readonly EventStream[]
  readonly #arrivals: Arrivals
  readonly #latency = new LatencySamples()

  /** @throws {NotServedError} when the server knows no such path */
  static async open({ port, path, streams }: EventStreamsPlan): Promise<EventStreams> {
    return new EventStreams(
      await inBatches(streams, async () => {
        const stream = new EventStream(port, path)
        const status = await stream.status()
        if (status === 404) throw new NotServedError('not served')
        if (status !== 200) throw new Error(`expected a stream, got status ${status}`)
        return stream
      }),
    )
  }

  private constructor(streams: readonly EventStream[]) {
    this.#streams = streams
    this.#arrivals = new Arrivals(streams)
    const step = Math.ceil(streams.length / SAMPLED_STREAMS)
    for (const [index, stream] of streams.entries()) {
      if (index % step === 0) stream.latency = this.#latency
      stream.onDeliveries = (count) => this.#arrivals.note(stream, count)
    }
  }

  /** Tells whether each stream has got an event by now. */
  get areLive(): boolean {
    return this.#streams.every(({ deliveries }) => deliveries > 0)
  }

  /**
   * Waits for the events that are published from now on.
   *
   * @throws {Error} when any is lost or comes twice
   */
  async expect({ each, timeoutMs }: Expectation): Promise<Latency> {
    await this.#arrivals.expect(each, timeoutMs)
    return this.#latency.take()
  }
}
