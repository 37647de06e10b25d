import type { Clock } from '../ports/clock.ts'
import type { Engine, JsonText } from '../ports/engine.ts'
import type { Logger } from '../ports/logger.ts'

const HERE = 'true' as JsonText

/** The parts that tracking the use of channels needs. */
export interface NodeUseParts {
  readonly engine: Engine
  readonly clock: Clock
  readonly logger: Logger
  /** The id of this node in the cluster. */
  readonly node: string
  /** The engine's map that lists the nodes that use a channel. */
  readonly map: string
  /** How long nobody must have used a channel before it counts as unused, in ms. */
  readonly retentionMs: number
  /** Called when no node of the cluster uses the channel any longer. */
  readonly onUnused: (channel: string) => Promise<void>
}

/** Detects when the last node of a cluster stops using a channel. */
export class NodeUse {
  readonly #parts: NodeUseParts
  readonly #leaving = new Map<string, () => void>()

  constructor(parts: NodeUseParts) {
    this.#parts = parts
  }

  /** Marks a channel as used by this node; true if no other node uses it. */
  async enter(channel: string): Promise<boolean> {
    const { engine, map, node } = this.#parts
    const cancel = this.#leaving.get(channel)
    if (cancel) {
      cancel()
      this.#leaving.delete(channel)
      return false
    }
    const isFirst = await this.#isUnused(channel)
    await engine.change(channel, map, [{ key: node, value: HERE }], { leased: true })
    return isFirst
  }

  /** Marks a channel as no longer used by this node. */
  leave(channel: string): void {
    const { clock, logger, retentionMs } = this.#parts
    const cancel = clock.setTimer(() => {
      this.#end(channel).catch((error: unknown) => {
        logger.warn({ channel, error }, 'data of an unused channel could not be deleted')
      })
    }, retentionMs)
    this.#leaving.set(channel, cancel)
  }

  /** Stops waiting for channels to become unused. */
  stop(): void {
    for (const cancel of this.#leaving.values()) cancel()
    this.#leaving.clear()
  }

  async #end(channel: string): Promise<void> {
    const { engine, map, node, onUnused } = this.#parts
    this.#leaving.delete(channel)
    await engine.change(channel, map, [{ key: node, value: null }], {})
    if (await this.#isUnused(channel)) await onUnused(channel)
  }

  async #isUnused(channel: string): Promise<boolean> {
    return (await this.#parts.engine.entries(channel, this.#parts.map)).entries.size === 0
  }
}
