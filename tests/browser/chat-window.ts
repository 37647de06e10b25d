import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'

const ARTEFACTS = fileURLToPath(new URL('../../artefacts/browser/', import.meta.url))
const DESKTOP = { width: 1200, height: 800 }
// What the browser itself logs while a server is away: which error a request meets (refused, reset,
// empty, cut off) depends on the moment at which the server dies.
const EXPECTED_ERROR = /net::ERR_(?!BLOCKED)|Error in connection establishment|WebSocket/
/** How long the pages show a toast, in ms. */
const TOAST_DELAYS_MS = [4_000, 6_000, 7_000]
/** When waiting for the page is given up, in ms; what is waited for usually comes within a second. */
const PATIENCE_MS = 120_000

/** How a window is opened. */
export interface WindowOptions extends BrowserContextOptions {
  /** Runs before the page is loaded. */
  prepare?(page: Page): Promise<void>
}

/** One person's window on the chat. */
export class ChatWindow {
  readonly page: Page
  readonly context: BrowserContext
  /** What went wrong in the page: exceptions, violations of the content policy. */
  readonly problems: string[] = []

  private constructor(context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
    page.on('pageerror', (error) => this.problems.push(String(error)))
    page.on('console', (message) => {
      if (message.type() !== 'error' || EXPECTED_ERROR.test(message.text())) return
      this.problems.push(message.text())
    })
  }

  /** Opens a window that stands before the form that asks for a name. */
  static async open(
    browser: Browser,
    url: string,
    { prepare, ...options }: WindowOptions = {},
  ): Promise<ChatWindow> {
    const context = await browser.newContext({ viewport: DESKTOP, ...options })
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    page.setDefaultNavigationTimeout(PATIENCE_MS)
    await page.addInitScript(keepToasts, TOAST_DELAYS_MS)
    const window = new ChatWindow(context, page)
    await prepare?.(page)
    await page.goto(url)
    return window
  }

  /** Enters the room of the form under a name. */
  async join(name: string): Promise<void> {
    await this.page.getByLabel('Your name').fill(name)
    await this.page.getByRole('button', { name: 'Join' }).click()
    await this.connected()
  }

  get draft(): Locator {
    return this.page.getByLabel('Message', { exact: true })
  }

  get badge(): Locator {
    return this.page.locator('#badge')
  }

  get people(): Locator {
    return this.page.locator('#people-list .person')
  }

  /** The names of who is there, in the order of the list. */
  names(): Promise<string[]> {
    return this.people.locator('.name').allTextContents()
  }

  /** Messages as they are shown, on their way or not. */
  get messages(): Locator {
    return this.page.locator('#messages .message')
  }

  /** Waits until the connection is shown as good. */
  async connected(): Promise<void> {
    await this.page.locator('#badge[data-tone="good"]').waitFor()
  }

  /** Waits until the page says that it lost the server. */
  async cutOff(): Promise<void> {
    await this.page.getByText('Connection lost').waitFor()
  }

  /** Writes a message and sends it, without waiting for anything. */
  async write(text: string): Promise<void> {
    await this.draft.fill(text)
    await this.draft.press('Enter')
  }

  /** Writes a message and waits until the server's copy is shown. */
  async say(text: string): Promise<void> {
    await this.write(text)
    await this.hears(text)
  }

  /** Waits until a message is shown as sent. */
  async hears(text: string): Promise<void> {
    await this.message(text, 'sent').waitFor()
  }

  /** The message with exactly this text that has come this far. */
  message(text: string, delivery: 'sending' | 'failed' | 'sent'): Locator {
    return this.page.locator(`#messages .message[data-delivery="${delivery}"]`).filter({
      has: this.page.locator('.text').getByText(text, { exact: true }),
    })
  }

  /** The texts of all messages, from the top. */
  texts(): Promise<string[]> {
    return this.page.locator('#messages .text').allTextContents()
  }

  /** Does as a browser does when its tab is covered by another or seen again. */
  async setVisible(isVisible: boolean): Promise<void> {
    await this.page.evaluate(
      (state) => {
        Object.defineProperty(document, 'visibilityState', { value: state, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      },
      isVisible ? 'visible' : 'hidden',
    )
  }

  /** Keeps a picture of the window for people to look at. */
  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: `${ARTEFACTS}${name}.png`, animations: 'disabled' })
  }

  /** What sticks out sideways, and so cannot be seen; empty when everything fits. */
  overflow(): Promise<string[]> {
    return this.page.evaluate(() => {
      const { clientWidth } = document.documentElement
      const sticksOut = (node: Element): boolean => {
        const { left, right } = node.getBoundingClientRect()
        return (
          node.checkVisibility({ visibilityProperty: true }) && (left < 0 || right > clientWidth)
        )
      }
      return [...document.body.querySelectorAll('*:not(.hidden)')]
        .filter(sticksOut)
        .map((node) => node.outerHTML.slice(0, 80))
    })
  }
}

// Runs in the page. A busy machine may need longer than a person to look at a toast.
function keepToasts(delaysMs: number[]): void {
  const original = globalThis.setTimeout
  const slower = (handler: () => void, delayMs?: number): unknown =>
    original(handler, delayMs !== undefined && delaysMs.includes(delayMs) ? 600_000 : delayMs)
  Object.assign(globalThis, { setTimeout: slower })
}
