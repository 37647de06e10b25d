import type { Browser, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { ChatWindow, type WindowOptions } from './chat-window.ts'
import { Line } from './line.ts'

/** What a window sends besides a title. */
export interface NoticeFields {
  readonly type?: string
  readonly priority?: string
  readonly message?: string
  readonly action?: string
  readonly expires?: string
}

/** A window on an inbox: one device of a person. */
export class InboxWindow {
  readonly window: ChatWindow
  readonly page: Page
  readonly #line: Line

  private constructor(window: ChatWindow, line: Line) {
    this.window = window
    this.page = window.page
    this.#line = line
  }

  static async open(
    browser: Browser,
    url: string,
    options: WindowOptions = {},
  ): Promise<InboxWindow> {
    const line = new Line()
    const window = await ChatWindow.open(browser, url, {
      ...options,
      prepare: async (page) => {
        await line.run(page)
        await options.prepare?.(page)
      },
    })
    return new InboxWindow(window, line)
  }

  async enter(name: string): Promise<void> {
    await this.page.getByLabel('Your name').fill(name)
    await this.page.getByRole('button', { name: 'Open' }).click()
    await this.window.connected()
    await this.page.locator('#list[aria-busy="false"]').waitFor({ state: 'attached' })
  }

  get items(): Locator {
    return this.page.locator('#list .item')
  }

  get toasts(): Locator {
    return this.page.locator('#toasts .note')
  }

  item(title: string): Locator {
    return this.items.filter({ has: this.page.locator('.title').getByText(title, { exact: true }) })
  }

  /** The titles that are listed, from the top. */
  titles(): Promise<string[]> {
    return this.page.locator('#list .title').allTextContents()
  }

  /** The titles of those that are shown as unread. */
  unread(): Promise<string[]> {
    return this.page.locator('#list .item[data-is-read="false"] .title').allTextContents()
  }

  /** Waits until the bell says so many. */
  async counts(unread: number): Promise<void> {
    const name = `Inbox, ${unread === 0 ? 'none' : unread} unread`
    await expect.poll(() => this.page.locator('#bell').getAttribute('aria-label')).toBe(name)
  }

  async read(title: string): Promise<void> {
    await this.item(title).getByRole('button', { name: title }).click()
  }

  async markAllRead(): Promise<void> {
    await this.page.getByRole('button', { name: 'Mark all read' }).click()
  }

  async show(filter: 'All' | 'Unread'): Promise<void> {
    await this.page.locator('.filter').getByText(filter, { exact: true }).click()
  }

  /** Waits until the page says something for a moment. */
  async hears(text: string): Promise<void> {
    await this.page.locator('#toast').getByText(text, { exact: true }).waitFor()
  }

  /** Sends to names, which need not be here. */
  async send(to: string, title: string, fields: NoticeFields = {}): Promise<void> {
    const {
      type = 'message',
      priority = 'normal',
      message = '',
      action = '',
      expires = '',
    } = fields
    const { page } = this
    await page.locator('#names').fill(to)
    await page.locator('#type').selectOption(type)
    await page.locator('#priority').selectOption(priority)
    await page.locator('#title').fill(title)
    await page.locator('#message').fill(message)
    await page.locator('#action').fill(action)
    await page.locator('#expires').selectOption(expires)
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await expect.poll(() => page.locator('#title').inputValue()).toBe('')
  }

  /** Waits until the page says that it has lost the server. */
  async offline(): Promise<void> {
    await this.page.locator('#banner').getByText('You are offline').waitFor()
  }

  /** Cuts the line to the server, and waits until the page says so. */
  async goOffline(): Promise<void> {
    await this.#line.cut()
    await this.offline()
  }

  /** Mends the line, of which the browser tells the page. */
  async goOnline(): Promise<void> {
    this.#line.mend()
    await this.page.evaluate(() => dispatchEvent(new Event('online')))
    await this.window.connected()
  }
}
