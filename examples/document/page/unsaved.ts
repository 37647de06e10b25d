import { readStored, writeStored } from '../../chat/page/storage.ts'
import { type Paragraph, readParagraph, readText } from './paragraph.ts'

/** What the server was not heard to have when a page was left. */
export interface UnsavedTexts {
  readonly texts: readonly (readonly [id: string, text: string])[]
  /** The paragraphs as they were, which tell where each text belongs. */
  readonly paragraphs: readonly Paragraph[]
}

const NOTHING: UnsavedTexts = { texts: [], paragraphs: [] }

/** Keeps what was not saved over a reload, by document. */
export class Unsaved {
  readonly #key: string

  constructor(document: string) {
    this.#key = `unsaved:${document}`
  }

  /** Keeps it in place of what was kept before. */
  keep(unsaved: UnsavedTexts): void {
    writeStored(this.#key, unsaved)
  }

  /** Returns what was kept, and keeps it no more. */
  take(): UnsavedTexts {
    const stored = readStored(this.#key)
    if (stored === undefined) return NOTHING
    this.keep(NOTHING)
    const { texts, paragraphs } = stored as Record<string, unknown>
    return {
      texts: Array.isArray(texts) ? texts.filter(Array.isArray).map(readEntry) : [],
      paragraphs: Array.isArray(paragraphs) ? paragraphs.map(readParagraph) : [],
    }
  }
}

function readEntry([id, text]: readonly unknown[]): readonly [string, string] {
  return [readText(id), readText(text)]
}
