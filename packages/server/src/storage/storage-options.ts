import type { Durability } from '../ports/durability.ts'
import type { Engine } from '../ports/engine.ts'
import type { Store } from '../ports/store.ts'

/** Where an embedded hub keeps its data. */
export interface StorageOptions {
  /**
   * An engine, or `'memory'` or `'sqlite:<path>'`.
   *
   * @default a file in `dataDir`, else memory
   */
  readonly engine?: Engine | string
  /**
   * A store, or `'memory'`, `'sqlite:<path>'` or `'postgres://…'`.
   *
   * @default a file in `dataDir`, else memory
   */
  readonly store?: Store | string
  /** The folder of the files of engine and store, created if missing. @default no files */
  readonly dataDir?: string
  /**
   * What a power cut may take from files: `'full'` nothing, `'normal'` the last moments,
   * `'memory'` whatever the system has not written yet. A killed process loses nothing.
   *
   * @default 'normal'
   */
  readonly durability?: Durability
}
