import type {
  ChannelEvent,
  ConnectionFrame,
  GapFrame,
  ServerFrame,
  SubscribeReply,
} from '@coterie/protocol'
import type { Principal, RealtimeHub } from '@coterie/server'
import type { FakeClock, SimulatedNetwork, SimulatedSocket } from '@coterie/testing'

const RETRY_MS = 50

/** What one subscription was told, in the order in which it was told. */
export type Told =
  | { readonly kind: 'event'; readonly event: ChannelEvent }
  /** A subscribe was answered; without `recovered` it starts again at `position`. */
  | { readonly kind: 'joined'; readonly reply: SubscribeReply; readonly since: string | undefined }
  | { readonly kind: 'gap'; readonly gap: GapFrame }

/** One who knows the protocol and nothing else: connects, subscribes, resumes after every cut. */
export class RawReader {
  readonly told: Told[] = []
  readonly #clock: FakeClock
  readonly #network: SimulatedNetwork
  readonly #findHub: () => RealtimeHub | undefined
  readonly #principal: Principal
  readonly #subscriptions: readonly string[]
  readonly #positions = new Map<string, string>()
  #socket: SimulatedSocket | undefined
  #isPaused = false

  /** @param subscriptions channels by name first, then patterns */
  constructor(
    clock: FakeClock,
    network: SimulatedNetwork,
    findHub: () => RealtimeHub | undefined,
    principal: Principal,
    subscriptions: readonly string[],
  ) {
    this.#clock = clock
    this.#network = network
    this.#findHub = findHub
    this.#principal = principal
    this.#subscriptions = subscriptions
  }

  connect(): void {
    const hub = this.#findHub()
    if (!hub) {
      this.#clock.setTimer(() => this.connect(), RETRY_MS)
      return
    }
    const socket = this.#network.connect(
      hub,
      {
        onMessage: (text) => this.#receive(JSON.parse(text) as ServerFrame),
        onClose: () => {
          if (this.#socket !== socket) return
          this.#socket = undefined
          this.#clock.setTimer(() => this.connect(), RETRY_MS)
        },
      },
      this.#principal,
    )
    this.#socket = socket
    if (this.#isPaused) socket.pause()
  }

  /** Cuts the connection; another one follows. */
  cut(): void {
    this.#socket?.cut()
  }

  /** Breaks the connection so that neither end notices; the reader finds out after a while. */
  halfOpen(): void {
    const socket = this.#socket
    socket?.halfOpen()
    this.#clock.setTimer(() => {
      if (this.#socket === socket) socket?.cut()
    }, 20_000)
  }

  /** Subscribes again to what is subscribed already, from where the reader is. */
  resubscribe(): void {
    this.#subscribe(this.#subscriptions)
  }

  /** Leaves the first subscription and joins it anew, for what happens from then on. */
  rejoin(): void {
    const [channel = ''] = this.#subscriptions
    this.#socket?.send(JSON.stringify({ type: 'unsubscribe', id: 'left', channel }))
    this.#positions.delete(channel)
    this.#subscribe([channel])
  }

  /** Stops reading. */
  pause(): void {
    this.#isPaused = true
    this.#socket?.pause()
  }

  /** Reads on. */
  resume(): void {
    this.#isPaused = false
    this.#socket?.resume()
  }

  #receive(frame: ServerFrame | ConnectionFrame): void {
    if (frame.type === 'connection') {
      this.#subscribe(this.#subscriptions)
    } else if (frame.type === 'reply') {
      if (frame.id === 'left') return
      const [, since] = frame.id.split(' ')
      this.#joined(frame.payload as unknown as SubscribeReply, since || undefined)
    } else if (frame.type === 'event') {
      this.#take(frame)
    } else if (frame.type === 'gap') {
      this.told.push({ kind: 'gap', gap: frame })
      if (frame.next !== null) this.#positions.set(frame.channel, before(frame.next))
    } else if (frame.type === 'error') {
      throw new Error(`${frame.code}: ${frame.message}`)
    }
  }

  #subscribe(channels: readonly string[]): void {
    for (const channel of channels) {
      const since = this.#positions.get(channel)
      const wanted = { type: 'subscribe', id: `${channel} ${since ?? ''}`, channel, since }
      this.#socket?.send(JSON.stringify(wanted))
    }
  }

  #joined(reply: SubscribeReply, since: string | undefined): void {
    this.told.push({ kind: 'joined', reply, since })
    // What was on its way when it was asked for comes twice, and is dropped by its position.
    const reached = this.#positions.get(reply.channel)
    for (const event of reply.events) if (!isReached(reached, event)) this.#take(event)
    if (reply.position !== null) this.#positions.set(reply.channel, reply.position)
  }

  #take(event: ChannelEvent): void {
    this.told.push({ kind: 'event', event })
    const position = event.pattern_position ?? event.position
    if (position !== undefined) this.#positions.set(event.pattern ?? event.channel, position)
  }
}

function isReached(reached: string | undefined, event: ChannelEvent): boolean {
  const position = event.pattern_position ?? event.position
  if (reached === undefined || position === undefined) return false
  const [epoch, offset] = position.split(':')
  const [reachedEpoch, reachedOffset] = reached.split(':')
  return epoch === reachedEpoch && Number(offset) <= Number(reachedOffset)
}

function before(next: string): string {
  const [epoch, offset] = next.split(':')
  return `${epoch}:${Number(offset) - 1}`
}
