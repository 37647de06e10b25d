import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { buildPage, ChatProcess } from './chat-process.ts'
import type { WindowOptions } from './chat-window.ts'
import { launchChromium } from './chromium.ts'
import { InboxWindow } from './inbox-window.ts'

/** A server and a browser for the tests of one file. */
export interface InboxStage {
  readonly server: ChatProcess
  /** Opens a window that stands before the form that asks for a name. */
  open(options?: WindowOptions): Promise<InboxWindow>
  /** Opens a window, which is a device of the user with this name. */
  enter(name: string, options?: WindowOptions): Promise<InboxWindow>
}

/** Sets the stage, and takes down after each test and all of them what was put up. */
export function setInboxStage(): InboxStage {
  const server = new ChatProcess()
  let browser: Browser | undefined
  let windows: InboxWindow[] = []

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

  const open = async (options?: WindowOptions): Promise<InboxWindow> => {
    if (!browser) throw new Error('the stage is not set yet')
    const window = await InboxWindow.open(browser, `${server.url}/inbox/`, options)
    windows.push(window)
    return window
  }
  return {
    server,
    open,
    async enter(name, options) {
      const window = await open(options)
      await window.enter(name)
      return window
    },
  }
}
