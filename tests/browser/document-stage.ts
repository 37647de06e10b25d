import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { buildPage, ChatProcess } from './chat-process.ts'
import type { WindowOptions } from './chat-window.ts'
import { launchChromium } from './chromium.ts'
import { DocumentWindow } from './document-window.ts'

/** A server and a browser for the tests of one file. */
export interface DocumentStage {
  readonly url: string
  /** Kills the server, without a word to anybody. */
  kill(): Promise<void>
  /** Starts the server again, at its address and with what it kept. */
  restart(): Promise<void>
  /** Opens a window that stands before the form that asks for a name. */
  open(document: string, options?: WindowOptions): Promise<DocumentWindow>
  /** Opens a window and a document in it. */
  enter(name: string, document: string, options?: WindowOptions): Promise<DocumentWindow>
}

/** Sets the stage, and takes down after each test and all of them what was put up. */
export function setDocumentStage(): DocumentStage {
  const server = new ChatProcess()
  let browser: Browser | undefined
  let windows: DocumentWindow[] = []

  beforeAll(async () => {
    buildPage()
    await server.start()
    browser = await launchChromium()
  })

  afterEach(async () => {
    const problems = windows.flatMap(({ window }) => window.problems)
    await Promise.all(windows.map(({ window }) => window.context.close()))
    windows = []
    expect(problems).toEqual([])
  })

  afterAll(async () => {
    await browser?.close()
    await server.dispose()
  })

  const open = async (document: string, options?: WindowOptions): Promise<DocumentWindow> => {
    if (!browser) throw new Error('the stage is not set yet')
    const address = `${server.url}/document/?doc=${document}`
    const window = await DocumentWindow.open(browser, address, options)
    windows.push(window)
    return window
  }
  return {
    get url() {
      return server.url
    },
    async kill() {
      await server.stop('SIGKILL')
    },
    restart: () => server.start(),
    open,
    async enter(name, document, options) {
      const window = await open(document, options)
      await window.enter(name)
      return window
    },
  }
}
