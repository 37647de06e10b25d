import type { ClientEnvironment, SocketLike } from '@coterie/client'
import type { RealtimeHub } from '@coterie/server'
import type { FakeClock } from './fake-clock.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimulatedNetwork, SimulatedSocket } from './simulated-network.ts'
import { SimulatedProcess } from './simulated-process.ts'

const REFUSED = 1006

/** The environment of a simulated client, whose network a test can break. */
export class SimulatedEnvironment implements ClientEnvironment {
  readonly clock: FakeClock | SimulatedProcess
  readonly #network: SimulatedNetwork
  readonly #random: SeededRandom
  readonly #findHub: () => RealtimeHub | undefined
  #socket: SimulatedSocket | undefined
  readonly #errors: unknown[] = []

  /**
   * @param clock the clock of the client's process, which a test may stop
   * @param findHub returns the hub for a new connection; undefined refuses it
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

  /** The exceptions of handlers. */
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

  /** Drops the client's messages on the current connection; neither end notices. */
  loseUp(): void {
    this.#socket?.loseUp()
  }

  /** Drops the hub's messages on the current connection; neither end notices. */
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

  // Only its own timers wake a client here.
  onWake(): () => void {
    return () => {}
  }

  // A simulated network does not report that it is offline.
  onOffline(): () => void {
    return () => {}
  }

  reportError(error: unknown): void {
    this.#errors.push(error)
  }
}
