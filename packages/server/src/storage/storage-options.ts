import type { Durability } from '../ports/durability.ts'
import type { Engine } from '../ports/engine.ts'
import type { Store } from '../ports/store.ts'

/** Where an embedded hub keeps what it is told, by words or by objects. */
export interface StorageOptions {
  /** An engine, or `'memory'` or `'sqlite:<path>'`. @default a file in `dataDir`, else memory */
  readonly engine?: Engine | string
  /**
   * A store, or `'memory'`, `'sqlite:<path>'` or `'postgres://…'`.
   *
   * @default a file in `dataDir`, else memory
   */
  readonly store?: Store | string
  /** The folder of the files of engine and store; it is made when it is missing. */
  readonly dataDir?: string
  /** What a crash may take from the files that words name. @default 'normal' */
  readonly durability?: Durability
}
