import type { Paragraph } from './paragraph.ts'

/** Where the caret stands: at a character of a paragraph. */
export interface CaretPlace {
  readonly paragraphId: string
  readonly at: number
}

/** What paragraphs become by an edit, and where the caret is then. */
export interface ParagraphEdit {
  readonly paragraphs: readonly Paragraph[]
  readonly caret: CaretPlace
}

/** Who edits, and how new paragraphs are named. */
export interface Editing {
  readonly editor: string
  createId(): string
}

/** A selected part of a paragraph; nothing is selected where both ends are the same. */
export interface Selected {
  readonly paragraphId: string
  readonly start: number
  readonly end: number
}

/** Splits a paragraph where the caret is; what is selected goes. */
export function splitParagraph(
  paragraphs: readonly Paragraph[],
  selected: Selected,
  { editor, createId }: Editing,
): ParagraphEdit | undefined {
  const found = find(paragraphs, selected.paragraphId)
  if (!found) return undefined
  const { paragraph, index } = found
  const head = paragraph.text.slice(0, selected.start)
  const tail = paragraph.text.slice(selected.end)
  const made = createId()
  // The paragraph stays with its text, and with whoever else writes in it.
  if (head === '' && tail !== '') {
    return {
      paragraphs: paragraphs.toSpliced(
        index,
        1,
        { id: made, text: '', editor },
        tail === paragraph.text ? paragraph : { ...paragraph, text: tail, editor },
      ),
      caret: { paragraphId: paragraph.id, at: 0 },
    }
  }
  return {
    paragraphs: paragraphs.toSpliced(
      index,
      1,
      head === paragraph.text ? paragraph : { ...paragraph, text: head, editor },
      { id: made, text: tail, editor },
    ),
    caret: { paragraphId: made, at: 0 },
  }
}

/** Joins a paragraph to the one before; undefined where there is none. */
export function joinParagraph(
  paragraphs: readonly Paragraph[],
  paragraphId: string,
  { editor }: Pick<Editing, 'editor'>,
): ParagraphEdit | undefined {
  const found = find(paragraphs, paragraphId)
  const before = found && paragraphs[found.index - 1]
  if (!before) return undefined
  const { paragraph, index } = found
  // Nothing but an empty line goes: the one with the text stays as it is.
  const joined =
    before.text === ''
      ? paragraph
      : paragraph.text === ''
        ? before
        : { ...before, text: before.text + paragraph.text, editor }
  return {
    paragraphs: paragraphs.toSpliced(index - 1, 2, joined),
    caret: { paragraphId: joined.id, at: before.text.length },
  }
}

/** Puts lines in place of what is selected: each line after the first begins a paragraph. */
export function pasteLines(
  paragraphs: readonly Paragraph[],
  selected: Selected,
  lines: readonly string[],
  { editor, createId }: Editing,
): ParagraphEdit | undefined {
  const found = find(paragraphs, selected.paragraphId)
  const [first, ...rest] = lines
  if (!found || first === undefined) return undefined
  const { paragraph, index } = found
  const head = paragraph.text.slice(0, selected.start)
  const tail = paragraph.text.slice(selected.end)
  const texts = [head + first, ...rest]
  const at = texts.at(-1)?.length ?? 0
  const pasted = texts.map((text, line) => ({
    id: line === 0 ? paragraph.id : createId(),
    text: line === texts.length - 1 ? text + tail : text,
    editor,
  }))
  return {
    paragraphs: paragraphs.toSpliced(index, 1, ...pasted),
    caret: { paragraphId: pasted.at(-1)?.id ?? paragraph.id, at },
  }
}

/** Returns the lines of a text that have something in them. */
export function linesOf(text: string): readonly string[] {
  return text.split(/\r\n|[\r\n\u2028\u2029]/).filter((line) => line.trim() !== '')
}

function find(paragraphs: readonly Paragraph[], id: string) {
  const index = paragraphs.findIndex((paragraph) => paragraph.id === id)
  const paragraph = paragraphs[index]
  return paragraph && { paragraph, index }
}
