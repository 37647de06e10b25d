import { blocksOf, type CodeBlock, pages } from './code-blocks.ts'

/**
 * Lists the blocks of a language that are run, by their pages.
 *
 * @param notRun blocks that are not, by a text in them, and why
 */
export function runnableBlocks(
  language: string,
  notRun: Readonly<Record<string, string>>,
): [page: string, blocks: CodeBlock[]][] {
  const texts = Object.keys(notRun)
  const isRun = (block: CodeBlock): boolean =>
    block.language === language && !texts.some((text) => block.text.includes(text))
  return pages()
    .map((page): [string, CodeBlock[]] => [page, blocksOf(page).filter(isRun)])
    .filter(([, blocks]) => blocks.length > 0)
}
