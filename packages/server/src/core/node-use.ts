import type { Clock } from '../ports/clock.ts'
import type { Engine, JsonText } from '../ports/engine.ts'
import type { Logger } from '../ports/logger.ts'

const HERE = 'true' as JsonText

/** What tracking the use of channels needs. */
export interface NodeUseParts {
  readonly engine: Engine
  readonly clock: Clock
  readonly logger: Logger
  /** Names this node among those of the cluster. */
  readonly node: string
  /** The map of the engine that says on which nodes a channel is used. */
  readonly map: string
  /** A channel counts as unused after nobody used it for this long, in ms. */
  readonly retentionMs: number
  /** Nobody in the cluster uses the channel any more. */
  readonly onUnused: (channel: string) => Promise<void>
}

/** Knows when the last node of a cluster stops using a channel. */
export class NodeUse {
  readonly #parts: NodeUseParts
  readonly #leaving = new Map<string, () => void>()

  constructor(parts: NodeUseParts) {
    this.#parts = parts
  }

  /** Notes that this node uses a channel; true where it is the only one. */
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

  /** Notes that this node does not use a channel any more. */
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
