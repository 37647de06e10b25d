import type { Clock } from '../../ports/clock.ts'
import type { Engine, JsonText } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import { STATE_MAP } from './channel-state.ts'

/** The map of the engine that says on which nodes somebody uses a channel's state. */
const NODES_MAP = 'state_nodes'
/** A state that nobody uses any more is forgotten after this long, in ms. */
const RETENTION_MS = 60_000
const HERE = 'true' as JsonText

/** What keeping track needs of the hub. */
export interface StateUsersParts {
  readonly engine: Engine
  readonly clock: Clock
  readonly logger: Logger
  /** Names this node among those of the cluster. */
  readonly node: string
}

/** Forgets the state of a channel that nobody uses any more, on any node. */
export class StateUsers {
  readonly #parts: StateUsersParts
  readonly #leaving = new Map<string, () => void>()

  constructor(parts: StateUsersParts) {
    this.#parts = parts
  }

  /** Notes that somebody here begins to use a state; what others left behind is forgotten first. */
  async enter(channel: string): Promise<void> {
    const cancel = this.#leaving.get(channel)
    if (cancel) {
      cancel()
      this.#leaving.delete(channel)
      return
    }
    const { engine, node } = this.#parts
    await this.#clearWhereUnused(channel)
    await engine.change(channel, NODES_MAP, [{ key: node, value: HERE }], { leased: true })
  }

  /** Notes that nobody here uses a state any more. */
  leave(channel: string): void {
    const { clock, engine, logger, node } = this.#parts
    const forget = async (): Promise<void> => {
      this.#leaving.delete(channel)
      await engine.change(channel, NODES_MAP, [{ key: node, value: null }], {})
      await this.#clearWhereUnused(channel)
    }
    const cancel = clock.setTimer(() => {
      forget().catch((error: unknown) => {
        logger.warn({ channel, error }, 'a state that nobody uses could not be forgotten')
      })
    }, RETENTION_MS)
    this.#leaving.set(channel, cancel)
  }

  async #clearWhereUnused(channel: string): Promise<void> {
    const { engine } = this.#parts
    const { entries, version } = await engine.entries(channel, STATE_MAP)
    if (entries.size === 0) return
    const nodes = await engine.entries(channel, NODES_MAP)
    if (nodes.entries.size > 0) return
    const changes = [...entries.keys()].map((key) => ({ key, value: null }))
    // Whoever has changed it meanwhile uses it.
    await engine.change(channel, STATE_MAP, changes, { ifVersion: version })
  }
}
