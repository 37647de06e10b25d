import assert from 'node:assert'
import {
  type ClientFrameInput,
  type ErrorFrame,
  type HistoryReply,
  type JsonLike,
  type JsonValue,
  type PublishReply,
  RealtimeError,
  type ReplyFrame,
  type ServerFrame,
  type SubscribeReply,
} from '@coterie/protocol'
import type { Principal, RealtimeHub } from '@coterie/server'
import type { FakeClock } from './fake-clock.ts'
import type { SimulatedNetwork, SimulatedSocket } from './simulated-network.ts'

type FrameType = ServerFrame['type']
type FrameNamed<Type extends FrameType> = Extract<ServerFrame, { type: Type }>
type OptionsOf<Type extends string> = Omit<
  Extract<ClientFrameInput, { type: Type }>,
  'type' | 'id' | 'channel'
>

/** How a connection ended. */
export interface Closed {
  readonly code: number
  readonly reason: string
}

/** Someone who speaks the protocol in simulated time, frame by frame. */
export class TestUser {
  readonly #clock: FakeClock
  readonly #network: SimulatedNetwork
  readonly #hub: RealtimeHub
  readonly #principal: Principal | undefined
  #socket: SimulatedSocket | undefined
  #lastId = 0
  /** Frames received on the current connection, in their order. */
  frames: ServerFrame[] = []
  /** The same frames as they came. */
  texts: string[] = []
  closed: Closed | undefined

  constructor(
    clock: FakeClock,
    network: SimulatedNetwork,
    hub: RealtimeHub,
    principal: Principal | undefined,
  ) {
    this.#clock = clock
    this.#network = network
    this.#hub = hub
    this.#principal = principal
  }

  /** The current connection. @throws {Error} when there is none */
  get socket(): SimulatedSocket {
    assert(this.#socket, 'not connected')
    return this.#socket
  }

  /** Opens a new connection and waits for its first frame. */
  async connect(): Promise<this> {
    this.frames = []
    this.texts = []
    this.closed = undefined
    this.#socket = this.#network.connect(
      this.#hub,
      {
        onMessage: (text) => {
          this.texts.push(text)
          this.frames.push(JSON.parse(text) as ServerFrame)
        },
        onClose: (code, reason) => {
          this.closed = { code, reason }
        },
      },
      this.#principal,
    )
    await this.#clock.until(() => this.frames.length > 0 || this.closed !== undefined)
    return this
  }

  /** Cuts the connection; `connect` opens another. */
  cut(): void {
    this.socket.cut()
  }

  /** Sends any text as one message. */
  sendText(text: string): void {
    this.socket.send(text)
  }

  /** Sends a frame that wants no answer. */
  send(frame: object): void {
    this.sendText(JSON.stringify(frame))
  }

  /** Sends a frame and waits for its reply. @throws {RealtimeError} the error it is refused with */
  async request(frame: object): Promise<unknown> {
    this.#lastId += 1
    const id = String(this.#lastId)
    this.send({ ...frame, id })
    const isAnswer = (candidate: ServerFrame): candidate is ReplyFrame | ErrorFrame =>
      (candidate.type === 'reply' || candidate.type === 'error') && candidate.id === id
    await this.#clock.until(() => this.frames.some(isAnswer) || this.closed !== undefined)
    const answer = this.frames.find(isAnswer)
    assert(answer, `closed with ${this.closed?.code} instead of an answer`)
    if (answer.type === 'error') {
      throw new RealtimeError(answer.code, answer.message, { details: answer.details })
    }
    return answer.payload
  }

  async subscribe(channel: string, options: OptionsOf<'subscribe'> = {}): Promise<SubscribeReply> {
    return (await this.request({ type: 'subscribe', channel, ...options })) as SubscribeReply
  }

  async unsubscribe(channel: string): Promise<void> {
    await this.request({ type: 'unsubscribe', channel })
  }

  async publish(
    channel: string,
    event: string,
    payload: JsonLike,
    options: Omit<OptionsOf<'publish'>, 'event' | 'payload'> = {},
  ): Promise<PublishReply> {
    const frame = { type: 'publish', channel, event, payload, ...options }
    return (await this.request(frame)) as PublishReply
  }

  async history(channel: string, options: OptionsOf<'history'> = {}): Promise<HistoryReply> {
    return (await this.request({ type: 'history', channel, ...options })) as HistoryReply
  }

  /**
   * Waits for a frame that holds what is expected, among those received and to come.
   *
   * @throws {Error} when none comes within simulated minutes, showing what came instead
   */
  async sees<Type extends FrameType>(type: Type, expected: object = {}): Promise<FrameNamed<Type>> {
    const isExpected = (frame: ServerFrame): frame is FrameNamed<Type> =>
      frame.type === type && holds(frame, expected)
    try {
      await this.#clock.until(() => this.frames.some(isExpected))
    } catch {
      const wanted = JSON.stringify({ type, ...expected })
      const came = this.frames.map((frame) => `  ${JSON.stringify(frame)}`).join('\n')
      throw new Error(`no frame holds ${wanted}; received were\n${came}`)
    }
    return this.frames.find(isExpected) as FrameNamed<Type>
  }

  /** Returns the payloads of the events received on a channel, in their order. */
  payloads(channel: string): JsonValue[] {
    return this.frames.flatMap((frame) =>
      frame.type === 'event' && frame.channel === channel ? [frame.payload] : [],
    )
  }

  /** Waits until the connection has ended. */
  async end(): Promise<Closed> {
    await this.#clock.until(() => this.closed !== undefined)
    return this.closed as Closed
  }
}

function holds(actual: object, expected: object): boolean {
  try {
    assert.partialDeepStrictEqual(actual, expected)
    return true
  } catch {
    return false
  }
}
