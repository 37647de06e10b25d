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

  get title(): Locator {
    return this.page.getByLabel('Title')
  }

  get people(): Locator {
    return this.window.people
  }

  get badge(): Locator {
    return this.window.badge
  }

  paragraph(number: number): Locator {
    return this.page.getByLabel(`Paragraph ${number}`, { exact: true })
  }

  /** The names at the edge of a paragraph. */
  writersOf(number: number): Locator {
    return this.page
      .locator('.block')
      .nth(number - 1)
      .locator('.mark-name bdi')
  }

  /** The texts of all paragraphs, from the top. */
  texts(): Promise<string[]> {
    return this.page
      .locator('#paragraphs textarea')
      .evaluateAll((fields) => fields.map((field) => (field as HTMLTextAreaElement).value))
  }

  /** Waits until everything is shown as saved. */
  async saved(): Promise<void> {
    await this.badge.getByText('All changes saved').waitFor()
  }

  /** Which field has the focus, and where the caret is in it. */
  caret(): Promise<[label: string | null, at: number | null]> {
    return this.page.evaluate(() => {
      const field = document.activeElement as HTMLTextAreaElement
      return [field.getAttribute('aria-label'), field.selectionStart]
    })
  }

  /** Puts the caret at a character of a paragraph. */
  async place(number: number, at: number): Promise<void> {
    await this.paragraph(number).focus()
    await this.paragraph(number).evaluate((field, caret) => {
      const area = field as HTMLTextAreaElement
      area.setSelectionRange(caret, caret)
    }, at)
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
