import { readStored, writeStored } from '../../chat/page/storage.ts'

const KEY = 'inbox-told'
const MAX_IDS = 200

/** Remembers over reloads what this window has told of, since a new connection may be sent it again. */
export class Told {
  readonly #ids: Set<unknown>

  constructor() {
    const stored = readStored(KEY)
    this.#ids = new Set(Array.isArray(stored) ? stored : [])
  }

  /** Notes a notification; false when it was announced before. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false
    this.#ids.add(id)
    writeStored(KEY, [...this.#ids].slice(-MAX_IDS))
    return true
  }
}
