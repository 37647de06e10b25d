/** A paragraph of a document, as all who write it share it. */
export interface Paragraph {
  readonly id: string
  readonly text: string
  /** The name of who changed it last. */
  readonly editor: string
}

/** What people share of a document. */
export interface DocumentState {
  readonly title: string
  readonly paragraphs: readonly Paragraph[]
  /** The name of who changed anything last. */
  readonly lastEditor: string
}

/** Everybody begins with the same paragraph, so that two who begin at once have one. */
export const FIRST_PARAGRAPH: Paragraph = { id: 'first', text: '', editor: '' }

/** A document that nobody has written in. */
export const EMPTY_DOCUMENT: DocumentState = {
  title: '',
  paragraphs: [FIRST_PARAGRAPH],
  lastEditor: '',
}

/** Makes a paragraph of what others wrote, who may have written anything. */
export function readParagraph(value: { readonly id: string }): Paragraph {
  const { text, editor } = value as Record<string, unknown>
  return { id: value.id, text: readText(text), editor: readText(editor) }
}

/** Returns a value that is a text, and an empty text for any other. */
export function readText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
