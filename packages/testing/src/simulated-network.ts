import { encodeServerFrame } from '@coterie/protocol'
import type { Principal, RealtimeHub } from '@coterie/server'
import type { Encoding, Peer, Transport } from '@coterie/server/transport'
import type { FakeClock } from './fake-clock.ts'
import { SimulatedProcess } from './simulated-process.ts'

const NORMAL_CLOSE = 1000
const ABNORMAL_CLOSE = 1006

const jsonText: Encoding = {
  encode(type, fields) {
    const bytes = Buffer.from(encodeServerFrame(type, fields.join('')))
    return { chunks: [bytes], length: bytes.length }
  },
}

/** The events at the client's end of a simulated connection. */
export interface SimulatedSocketEvents {
  onMessage(text: string): void
  onClose(code: number, reason: string): void
}

/** Carries connections between clients and hubs in simulated time, and breaks them. */
export class SimulatedNetwork {
  readonly #clock: FakeClock
  readonly #latencyMs: () => number
  readonly #sockets = new Map<RealtimeHub, Set<SimulatedSocket>>()

  /** @param latencyMs one-way delay of a message in ms; order is kept whatever it returns */
  constructor(clock: FakeClock, latencyMs: () => number = () => 1) {
    this.#clock = clock
    this.#latencyMs = latencyMs
  }

  /** Connects a client to a hub. */
  connect(hub: RealtimeHub, events: SimulatedSocketEvents, principal?: Principal): SimulatedSocket {
    const sockets = this.#sockets.get(hub) ?? new Set()
    this.#sockets.set(hub, sockets)
    const socket = new SimulatedSocket(
      this.#clock,
      this.#latencyMs,
      hub,
      {
        onMessage: (text) => events.onMessage(text),
        onClose: (code, reason) => {
          sockets.delete(socket)
          events.onClose(code, reason)
        },
      },
      principal,
    )
    sockets.add(socket)
    return socket
  }

  /**
   * Cuts all connections of a hub, because its process has ended.
   *
   * @param isNoticed false when the machine is gone too, so that no client notices
   */
  lose(hub: RealtimeHub, isNoticed: boolean): void {
    const sockets = this.#sockets.get(hub) ?? []
    this.#sockets.delete(hub)
    for (const socket of [...sockets]) {
      if (isNoticed) socket.reset()
      else socket.halfOpen()
    }
  }
}

/** The client's end of one simulated connection. */
export class SimulatedSocket {
  readonly #up: Wire
  readonly #down: Wire
  readonly #events: SimulatedSocketEvents
  readonly #peer: Peer
  /** Runs a delivery to the hub when the hub's process is running. */
  readonly #enterHub: (run: () => void) => void
  #isOpen = true

  constructor(
    clock: FakeClock,
    latencyMs: () => number,
    hub: RealtimeHub,
    events: SimulatedSocketEvents,
    principal: Principal | undefined,
  ) {
    this.#events = events
    this.#up = new Wire(clock, latencyMs)
    this.#down = new Wire(clock, latencyMs)
    const { clock: process } = hub
    this.#enterHub =
      process instanceof SimulatedProcess ? (run) => process.enter(run) : (run) => run()
    this.#peer = hub.connect(this.#transport(), principal)
  }

  get connectionId(): string {
    return this.#peer.id
  }

  /** Bytes on their way to the client. */
  get bufferedBytes(): number {
    return this.#down.waitingBytes
  }

  /** Sends one message to the hub. */
  send(text: string): void {
    if (this.#isOpen) {
      this.#up.carry(text.length, () => this.#enterHub(() => this.#peer.receive(text)))
    }
  }

  /** Closes from the client's side. */
  close(): void {
    if (!this.#isOpen) return
    this.#up.carry(0, () => this.#enterHub(() => this.#peer.end()))
    this.#closed(NORMAL_CLOSE, '')
  }

  /** Cuts the connection: messages in transit are lost, and both ends notice. */
  cut(): void {
    if (!this.#isOpen) return
    this.#up.cut()
    this.#down.cut()
    this.#enterHub(() => this.#peer.end())
    this.#closed(ABNORMAL_CLOSE, '')
  }

  /** Cuts the connection so that neither end notices. */
  halfOpen(): void {
    this.loseUp()
    this.loseDown()
  }

  /** Drops the client's messages from now on; neither end notices. */
  loseUp(): void {
    this.#up.cut()
  }

  /** Drops the hub's messages from now on; neither end notices. */
  loseDown(): void {
    this.#down.cut()
  }

  /** Ends the connection for the client alone: the hub's process is gone. */
  reset(): void {
    this.halfOpen()
    this.#closed(ABNORMAL_CLOSE, '')
  }

  /** Stops reading; the hub's messages wait. */
  pause(): void {
    this.#down.pause()
  }

  /** Resumes reading. */
  resume(): void {
    this.#down.resume()
  }

  #transport(): Transport {
    const down = this.#down
    const finish = (code: number, reason: string): void => {
      down.carry(0, () => {
        this.#enterHub(() => this.#peer.end())
        this.#closed(code, reason)
      })
    }
    return {
      kind: 'websocket',
      encoding: jsonText,
      remoteAddress: 'simulated',
      get bufferedBytes() {
        return down.waitingBytes
      },
      write: (frames) => {
        for (const { chunks, length } of frames) {
          const text = Buffer.concat(chunks).toString('utf8')
          down.carry(length, () => {
            if (this.#isOpen) this.#events.onMessage(text)
            if (down.waitingBytes === 0) this.#enterHub(() => this.#peer.drained())
          })
        }
      },
      ping: () => {
        down.carry(0, () => this.#up.carry(0, () => this.#enterHub(() => this.#peer.sawLife())))
      },
      close: finish,
      terminate: () => {
        down.cut()
        this.#peer.end()
        this.#closed(ABNORMAL_CLOSE, '')
      },
    }
  }

  #closed(code: number, reason: string): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#events.onClose(code, reason)
  }
}

interface Parcel {
  readonly bytes: number
  readonly arrive: () => void
}

/** One direction of a connection: first in, first out, each message after its latency. */
class Wire {
  readonly #clock: FakeClock
  readonly #latencyMs: () => number
  #parcels: Parcel[] = []
  #lastArrivalMs = 0
  #isCut = false
  #isPaused = false
  #arrived = 0
  waitingBytes = 0

  constructor(clock: FakeClock, latencyMs: () => number) {
    this.#clock = clock
    this.#latencyMs = latencyMs
  }

  carry(bytes: number, arrive: () => void): void {
    if (this.#isCut) return
    this.waitingBytes += bytes
    this.#parcels.push({ bytes, arrive })
    const nowMs = this.#clock.elapsed()
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, nowMs + this.#latencyMs())
    this.#clock.setTimer(() => {
      this.#arrived += 1
      this.#deliver()
    }, this.#lastArrivalMs - nowMs)
  }

  cut(): void {
    this.#isCut = true
    this.#parcels = []
    this.waitingBytes = 0
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#deliver()
  }

  #deliver(): void {
    while (!this.#isPaused && this.#arrived > 0) {
      this.#arrived -= 1
      const parcel = this.#parcels.shift()
      if (!parcel) return
      this.waitingBytes -= parcel.bytes
      parcel.arrive()
    }
  }
}
