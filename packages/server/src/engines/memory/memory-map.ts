import type { JsonText, KeyChange, MapSnapshot } from '../../ports/engine.ts'
import { DedupWindow } from '../dedup-window.ts'

interface Entry {
  readonly value: JsonText
  /** The node that leased the entry. */
  readonly owner: string | undefined
}

/** One channel's map in memory. */
export class MemoryMap {
  /** The versions after recent changes. */
  readonly dedup = new DedupWindow<number>()
  readonly #entries = new Map<string, Entry>()
  #version = 0

  get version(): number {
    return this.#version
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0
  }

  /** Applies changes and returns those with an effect. */
  apply(changes: readonly KeyChange[], owner: string | undefined): KeyChange[] {
    const effective: KeyChange[] = []
    for (const change of changes) {
      if (change.value !== null) {
        this.#entries.set(change.key, { value: change.value, owner })
        effective.push(change)
      } else if (this.#entries.delete(change.key)) {
        effective.push(change)
      }
    }
    if (effective.length > 0) this.#version += 1
    return effective
  }

  /** Returns the keys that a node has leased. */
  keysOwnedBy(owner: string): string[] {
    return [...this.#entries].filter(([, entry]) => entry.owner === owner).map(([key]) => key)
  }

  snapshot(): MapSnapshot {
    const entries = new Map([...this.#entries].map(([key, entry]) => [key, entry.value]))
    return { entries, version: this.#version }
  }
}
