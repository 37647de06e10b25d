import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type SeedRange, withRange } from './seed-ranges.ts'

const FOLDER = fileURLToPath(new URL('../../../.simulation', import.meta.url))

/** Which seeds of a model were run and kept every promise, in a file. */
export class ProgressFile {
  readonly #path: string
  #done: readonly SeedRange[] = []

  constructor(model: string) {
    this.#path = join(FOLDER, `${model}.json`)
  }

  get done(): readonly SeedRange[] {
    return this.#done
  }

  /** Reads what earlier runs have done. */
  resume(): void {
    try {
      this.#done = JSON.parse(readFileSync(this.#path, 'utf8')) as SeedRange[]
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }

  /** Forgets what earlier runs have done. */
  restart(): void {
    this.#done = []
    rmSync(this.#path, { force: true })
  }

  /** Notes seeds that kept every promise. */
  add(range: SeedRange): void {
    this.#done = withRange(this.#done, range)
    mkdirSync(dirname(this.#path), { recursive: true })
    // Whoever stops the run here finds the file as it was or as it is.
    writeFileSync(`${this.#path}.new`, `${JSON.stringify(this.#done)}\n`)
    renameSync(`${this.#path}.new`, this.#path)
  }
}
