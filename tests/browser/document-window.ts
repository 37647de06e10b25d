import type { Browser, Locator, Page } from 'playwright-core'
import { ChatWindow, type WindowOptions } from './chat-window.ts'
import { Line } from './line.ts'

/** One person's window on a document. */
export class DocumentWindow {
  readonly window: ChatWindow
  readonly page: Page
  readonly #line: Line

  private constructor(window: ChatWindow, line: Line) {
    this.window = window
    this.page = window.page
    this.#line = line
  }

  /** Opens a window that stands before the form that asks for a name. */
  static async open(
    browser: Browser,
    url: string,
    options: WindowOptions = {},
  ): Promise<DocumentWindow> {
    const line = new Line()
    const window = await ChatWindow.open(browser, url, {
      ...options,
      prepare: (page) => line.run(page),
    })
    return new DocumentWindow(window, line)
  }

  /** Opens the document of the form under a name. */
  async enter(name: string): Promise<void> {
    await this.page.getByLabel('Your name').fill(name)
    await this.page.getByRole('button', { name: 'Open' }).click()
    await this.saved()
  }

  get text(): Locator {
    return this.page.getByRole('textbox', { name: 'Text' })
  }

  get people(): Locator {
    return this.window.people
  }

  get badge(): Locator {
    return this.window.badge
  }

  /** What stands before the name of somebody in the list, in their colour. */
  avatarOf(name: string): Locator {
    return this.people.filter({ hasText: name }).locator('.avatar')
  }

  /** The carets of others, by the names at them. */
  caretOf(name: string): Locator {
    return this.text.locator('.caret').filter({ hasText: name })
  }

  button(name: string): Locator {
    return this.page.getByRole('toolbar').getByRole('button', { name })
  }

  /** The texts of all blocks, from the top, without the names of others. */
  texts(): Promise<string[]> {
    return this.text.locator('> *').evaluateAll((blocks) =>
      blocks.map((block) => {
        const copy = block.cloneNode(true) as Element
        for (const caret of copy.querySelectorAll('.caret')) caret.remove()
        return copy.textContent ?? ''
      }),
    )
  }

  /** Waits until everything is shown as saved. */
  async saved(): Promise<void> {
    await this.badge.getByText('All changes saved').waitFor()
  }

  /** In which block the caret is, from 1, and behind how many characters of it. */
  caret(): Promise<[block: number, at: number]> {
    return this.text.evaluate((root) => {
      const selection = getSelection()
      const range = document.createRange()
      const block = [...root.children].find((child) =>
        child.contains(selection?.anchorNode ?? null),
      )
      if (!block || !selection?.anchorNode) return [0, 0]
      range.setStart(block, 0)
      range.setEnd(selection.anchorNode, selection.anchorOffset)
      const before = document.createElement('div')
      before.append(range.cloneContents())
      for (const caret of before.querySelectorAll('.caret')) caret.remove()
      return [[...root.children].indexOf(block) + 1, before.textContent?.length ?? 0]
    })
  }

  /** Puts the caret behind so many characters of a block; another number ends a selection there. */
  async place(number: number, at: number, to = at): Promise<void> {
    await this.text.focus()
    await this.text.evaluate(
      (root, { index, ends }) => {
        const place = (offset: number): [Node, number] => {
          const block = root.children[index] as Element
          let rest = offset
          const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT)
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            if (node.parentElement?.closest('.caret')) continue
            const { length } = node as Text
            if (rest <= length) return [node, rest]
            rest -= length
          }
          return [block, 0]
        }
        const [anchor, focus] = ends.map(place)
        const selection = getSelection()
        if (!anchor || !focus || !selection) return
        const { anchorNode, anchorOffset, focusNode, focusOffset } = selection
        const isThere =
          String([anchorOffset, focusOffset]) === String([anchor[1], focus[1]]) &&
          anchorNode === anchor[0] &&
          focusNode === focus[0]
        if (isThere) return
        // The editor hears of it before this does.
        const heard = new Promise((resolve) => {
          document.addEventListener('selectionchange', resolve, { once: true })
        })
        selection.setBaseAndExtent(...anchor, ...focus)
        return heard
      },
      { index: number - 1, ends: [at, to] },
    )
  }

  /** Pastes a text where the caret is. */
  async paste(text: string): Promise<void> {
    await this.page.evaluate((pasted) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', pasted)
      const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
      document.activeElement?.dispatchEvent(event)
    }, text)
  }

  /** Cuts the line to the server, and waits until the page says so. */
  async goOffline(): Promise<void> {
    await this.#line.cut()
    await this.badge.getByText('Offline').waitFor()
  }

  /** Mends the line; the page finds out when it tries. */
  mend(): void {
    this.#line.mend()
  }

  /** Mends the line, of which the browser tells the page. */
  async goOnline(): Promise<void> {
    this.#line.mend()
    await this.page.evaluate(() => dispatchEvent(new Event('online')))
  }
}
