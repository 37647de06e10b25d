import type { Paragraph } from './paragraph.ts'

/** What is typed, by paragraph, and by whom. */
export interface Typed {
  readonly texts: ReadonlyMap<string, string>
  readonly editor: string
}

/**
 * Returns the paragraphs with what is typed in them.
 *
 * One that somebody took away while it is written in stays where it was.
 *
 * @param shown the paragraphs as they were before
 */
export function withDrafts(
  paragraphs: readonly Paragraph[],
  shown: readonly Paragraph[],
  { texts, editor }: Typed,
): readonly Paragraph[] {
  if (texts.size === 0) return paragraphs
  const result = paragraphs.map((paragraph) => {
    const text = texts.get(paragraph.id)
    return text === undefined ? paragraph : { ...paragraph, text, editor }
  })
  for (const [place, { id }] of shown.entries()) {
    const text = texts.get(id)
    if (text === undefined || result.some((paragraph) => paragraph.id === id)) continue
    const before = shown
      .slice(0, place)
      .findLast((candidate) => result.some((paragraph) => paragraph.id === candidate.id))
    const at = result.findIndex((paragraph) => paragraph.id === before?.id) + 1
    result.splice(at, 0, { id, text, editor })
  }
  return result
}
