import { applyUpdate, type Doc, encodeStateAsUpdate } from 'yjs'
import { readStored, writeStored } from '../../chat/page/storage.ts'

/** Keeps what the server is not known to have over a reload, by document. */
export class UnsentCopy {
  readonly #key: string

  constructor(name: string) {
    this.#key = `unsent:${name}`
  }

  /** Keeps all of a document; undefined keeps nothing any more. */
  keep(doc: Doc | undefined): void {
    writeStored(this.#key, doc ? toText(encodeStateAsUpdate(doc)) : null)
  }

  /** Puts into a document what was kept; true where there was something. */
  restore(doc: Doc): boolean {
    const stored = readStored(this.#key)
    if (typeof stored !== 'string') return false
    try {
      applyUpdate(
        doc,
        Uint8Array.from(atob(stored), (character) => character.charCodeAt(0)),
      )
      return true
    } catch {
      // What is in the window's storage may be of anybody.
      return false
    }
  }
}

function toText(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
