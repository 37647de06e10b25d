import { statSync } from 'node:fs'
import { RealtimeError } from '@coterie/protocol'

/**
 * Names the file that a path leads to: a copy of it, or what replaced it, has another name.
 *
 * @returns undefined when there is no file
 */
export function identifyFile(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  // Inode numbers are used again; the time of birth tells such files apart, where it is kept.
  return found && `${found.ino}.${found.birthtimeNs}`
}

/** Notices when an open file is deleted, moved or replaced: writing to it would keep nothing. */
export class FileWatch {
  readonly #identities: ReadonlyMap<string, string | undefined>

  readonly #database: string | undefined

  /** @param paths files that are open, by the paths that lead to them; the database first */
  constructor(paths: readonly string[]) {
    this.#database = paths[0]
    this.#identities = new Map(paths.map((path) => [path, identifyFile(path)]))
  }

  /** @throws {RealtimeError} `unavailable` when a path does not lead to its file any more, or it is empty */
  check(): void {
    if (this.#database !== undefined && isEmpty(this.#database)) {
      throw new RealtimeError(
        'unavailable',
        `${this.#database} was emptied while it was open; stop the server and restore a backup`,
      )
    }
    for (const [path, identity] of this.#identities) {
      if (identity === undefined || identifyFile(path) === identity) continue
      // Clients are told too, and need not know where it is.
      throw new RealtimeError(
        'unavailable',
        'the database was deleted, moved or replaced while it was open',
        {
          cause: new Error(
            `${path} is not the file that was opened; put it back, or restart the server`,
          ),
        },
      )
    }
  }
}

function isEmpty(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === 0
}
