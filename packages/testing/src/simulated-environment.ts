import type { ClientEnvironment, SocketLike } from '@coterie/client'
import type { RealtimeHub } from '@coterie/server'
import type { FakeClock } from './fake-clock.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimulatedNetwork, SimulatedSocket } from './simulated-network.ts'
import { SimulatedProcess } from './simulated-process.ts'

const REFUSED = 1006

/** A client's outside world in which its network can be broken. */
export class SimulatedEnvironment implements ClientEnvironment {
  readonly clock: FakeClock | SimulatedProcess
  readonly #network: SimulatedNetwork
  readonly #random: SeededRandom
  readonly #findHub: () => RealtimeHub | undefined
  #socket: SimulatedSocket | undefined
  readonly #errors: unknown[] = []

  /**
   * @param clock that of the process in which the client runs, where it may stop
   * @param findHub the hub that answers a connection made now; undefined refuses it
   */
  constructor(
    clock: FakeClock | SimulatedProcess,
    network: SimulatedNetwork,
    random: SeededRandom,
    findHub: () => RealtimeHub | undefined,
  ) {
    this.clock = clock
    this.#network = network
    this.#random = random
    this.#findHub = findHub
  }

  /** What handlers threw. */
  get errors(): readonly unknown[] {
    return this.#errors
  }

  random(): number {
    return this.#random.next()
  }

  /** Cuts the current connection, so that both ends notice. */
  cut(): void {
    this.#socket?.cut()
  }

  /** Breaks the current connection, so that neither end notices. */
  halfOpen(): void {
    this.#socket?.halfOpen()
  }

  /** Loses what the client sends over the current connection, so that neither end notices. */
  loseUp(): void {
    this.#socket?.loseUp()
  }

  /** Loses what the hub sends over the current connection, so that neither end notices. */
  loseDown(): void {
    this.#socket?.loseDown()
  }

  createSocket(): SocketLike {
    const socket: SocketLike = {
      onmessage: null,
      onclose: null,
      onerror: null,
      send: (text) => connected?.send(text),
      close: (code = 1000, reason = '') => {
        connected?.close()
        socket.onclose?.({ code, reason })
      },
    }
    const hub = this.#findHub()
    const connected =
      hub &&
      this.#network.connect(hub, {
        onMessage: (data) => this.#enter(() => socket.onmessage?.({ data })),
        onClose: (code, reason) => this.#enter(() => socket.onclose?.({ code, reason })),
      })
    if (connected) this.#socket = connected
    else this.clock.setTimer(() => socket.onclose?.({ code: REFUSED, reason: '' }), 1)
    return socket
  }

  #enter(run: () => void): void {
    const { clock } = this
    if (clock instanceof SimulatedProcess) clock.enter(run)
    else run()
  }

  /** Rejects: the simulated network carries sockets only. */
  fetch(): Promise<never> {
    return Promise.reject(new Error('the simulated network carries no requests'))
  }

  // Nothing wakes a client here but its own timers.
  onWake(): () => void {
    return () => {}
  }

  // Networks break here without a word.
  onOffline(): () => void {
    return () => {}
  }

  reportError(error: unknown): void {
    this.#errors.push(error)
  }
}
