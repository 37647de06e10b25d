import { randomBytes } from 'node:crypto'
import { formatUuidV7 } from '@coterie/protocol'
import { nowMicros, timedPayload } from '../peers/payload.ts'
import type { PeerName } from '../peers/peer.ts'
import { dialectOf } from './dialect-of.ts'
import { inBatches } from './in-batches.ts'
import { type Latency, LatencySamples } from './latency.ts'
import { Session } from './session.ts'

/** Who publishes, and how much may be under way. */
export interface PublishersPlan {
  readonly port: number
  readonly peer: PeerName
  readonly publishers: number
  /** Events of one publisher that may wait to be acknowledged. */
  readonly window: number
  readonly channels: readonly string[]
  /** Gives each event an id, by which a repetition would be known. */
  readonly messageIds: boolean
}

/** What publishing came to. */
export interface Ingested extends Latency {
  readonly publishesPerSecond: number
}

/** Every so many acknowledgements of a publisher, one is timed. */
const SAMPLE_EVERY = 16

/** Connections that publish, each as fast as it is acknowledged. */
export class Publishers {
  readonly #publishers: readonly Publisher[]

  static async open(plan: PublishersPlan): Promise<Publishers> {
    const dialect = dialectOf(plan.peer)
    const publishers = await inBatches(plan.publishers, async (index) => {
      const session = new Session(plan.port, dialect)
      await dialect.open(session)
      const channel = plan.channels[index % plan.channels.length] as string
      return new Publisher(session, channel, plan)
    })
    return new Publishers(publishers)
  }

  private constructor(publishers: readonly Publisher[]) {
    this.#publishers = publishers
  }

  /**
   * Publishes this many events in all and waits for their acknowledgements.
   *
   * @throws {Error} when one is refused or a connection ends
   */
  async publish(events: number): Promise<Ingested> {
    const latency = new LatencySamples()
    const each = Math.ceil(events / this.#publishers.length)
    const startMicros = nowMicros()
    await Promise.all(this.#publishers.map((publisher) => publisher.publish(each, latency)))
    const seconds = (nowMicros() - startMicros) / 1_000_000
    return { publishesPerSecond: (each * this.#publishers.length) / seconds, ...latency.take() }
  }
}

class Publisher {
  readonly #session: Session
  readonly #channel: string
  readonly #window: number
  readonly #messageIds: boolean
  #sent = 0
  #acked = 0
  #toSend = 0
  #sampled: { readonly number: number; readonly sentMicros: number } | undefined
  #latency: LatencySamples | undefined
  #done = Promise.withResolvers<void>()

  constructor(session: Session, channel: string, { window, messageIds }: PublishersPlan) {
    this.#session = session
    this.#channel = channel
    this.#window = window
    this.#messageIds = messageIds
    session.listener = {
      onControl: (data, start) => {
        if (!session.dialect.isAck(data, start)) return false
        this.#acknowledged()
        return true
      },
      // All that one read acknowledged is followed by one write.
      onRead: () => this.#fill(),
    }
  }

  async publish(events: number, latency: LatencySamples): Promise<void> {
    this.#toSend = this.#sent + events
    this.#latency = latency
    this.#done = Promise.withResolvers()
    this.#fill()
    // Nothing but acknowledgements comes now; anything else is a refusal or the end.
    const failed = this.#session.control('\0')
    failed.catch(() => {})
    await Promise.race([this.#done.promise, failed])
  }

  #acknowledged(): void {
    this.#acked += 1
    const sampled = this.#sampled
    if (sampled?.number === this.#acked) {
      this.#latency?.addMicros(nowMicros() - sampled.sentMicros)
      this.#sampled = undefined
    }
    if (this.#acked === this.#toSend) this.#done.resolve()
  }

  #fill(): void {
    const texts: string[] = []
    while (this.#sent < this.#toSend && this.#sent - this.#acked < this.#window) {
      this.#sent += 1
      if (this.#sent % SAMPLE_EVERY === 0 && !this.#sampled) {
        this.#sampled = { number: this.#sent, sentMicros: nowMicros() }
      }
      const { dialect } = this.#session
      // As the client makes them: by their time, which an index on disk is thankful for.
      const messageId = this.#messageIds ? formatUuidV7(Date.now(), randomBytes(10)) : undefined
      texts.push(dialect.publish(`${this.#sent}`, this.#channel, timedPayload(), messageId))
    }
    if (texts.length > 0) this.#session.client.send(...texts)
  }
}
