import {
  canonicalChannel,
  isWholeNumber,
  ok,
  type Result,
  refuse,
  type StateReply,
  type StateSnapshot,
  showValue,
} from '@coterie/protocol'
import type { Access } from '../../core/access.ts'
import { chargeAnswer } from '../../core/limits/answer-charge.ts'
import type { Limits } from '../../core/limits/limits.ts'
import type { Reader } from '../../core/reader.ts'
import type { Engine, JsonText } from '../../ports/engine.ts'
import { ChannelState } from './channel-state.ts'
import type { StateChange } from './state-change.ts'
import type { StateWriter } from './state-writer.ts'

/** Reads and changes shared state on behalf of the application. */
export class ServerState {
  readonly #engine: Engine
  readonly #access: Access
  readonly #writer: StateWriter
  readonly #limits: Pick<Limits, 'answers'>
  readonly #started: () => Promise<void>

  /** @param started resolves when the engine can be asked */
  constructor(
    engine: Engine,
    access: Access,
    writer: StateWriter,
    limits: Pick<Limits, 'answers'>,
    started: () => Promise<void>,
  ) {
    this.#engine = engine
    this.#access = access
    this.#writer = writer
    this.#limits = limits
    this.#started = started
  }

  /** Returns a channel's state; version 0 where it was never changed. */
  async read(channel: string): Promise<Result<StateSnapshot>> {
    const text = await this.readText(channel, undefined)
    return text.ok ? ok(JSON.parse(text.value) as StateSnapshot) : text
  }

  /** Returns a channel's state as the JSON text of `{version, value, emptied?}`, for those who may know. */
  async readText(name: string, reader: Reader | undefined): Promise<Result<JsonText>> {
    const channel = canonicalChannel(name)
    const allowed = this.#access.view(reader, 'subscribe', channel)
    if (!allowed.ok) return allowed
    if (!allowed.value.state) return refuseStateless(channel)
    const { persist } = allowed.value.state
    const charge = {
      answers: this.#limits.answers,
      payer: reader,
      atMostBytes: this.#writer.maxBytes,
    }
    return chargeAnswer(charge, async () => {
      const shared = await this.#load(channel, persist)
      const text = shared.snapshotText()
      return ok({ value: text, bytes: text.length })
    })
  }

  /**
   * Sets and deletes keys, all of them or none; everybody who follows is told.
   *
   * @param ifVersion refuses with `conflict` unless the state has this version
   * @throws {RealtimeError} `unavailable` when the outcome is unknown
   */
  async change(
    name: string,
    change: StateChange,
    { ifVersion }: { readonly ifVersion?: number } = {},
  ): Promise<Result<StateReply>> {
    const channel = canonicalChannel(name)
    const defined = this.#access.define(channel)
    if (!defined.ok) return defined
    if (!defined.value.state) return refuseStateless(channel)
    if (ifVersion !== undefined && !isWholeNumber(ifVersion, 0)) {
      const expected = 'expected a whole number from 0'
      return refuse('invalid_payload', `ifVersion: ${expected}, not ${showValue(ifVersion)}`)
    }
    const { schemas, state } = defined.value
    const shared = await this.#load(channel, state.persist)
    const operation = { ...change, ifVersion, from: null, operationId: null, schemas }
    return this.#writer.write(channel, shared, operation)
  }

  async #load(channel: string, persists: boolean): Promise<ChannelState> {
    await this.#started()
    const shared = new ChannelState(this.#engine, channel, persists)
    await shared.load()
    return shared
  }
}

/** Refuses what is asked of the state of a channel that keeps none. */
export function refuseStateless(channel: string): ReturnType<typeof refuse> {
  return refuse('forbidden', `${channel} keeps no shared state`)
}
