import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { buildPage, ChatProcess } from './chat-process.ts'
import { ChatWindow, type WindowOptions } from './chat-window.ts'
import { launchChromium } from './chromium.ts'

/** A chat and a browser for the tests of one file. */
export interface ChatStage {
  readonly chat: ChatProcess
  /** Opens a window that stands before the form that asks for a name. */
  open(room: string, options?: WindowOptions): Promise<ChatWindow>
  /** Opens a window and joins a room. */
  enter(name: string, room: string, options?: WindowOptions): Promise<ChatWindow>
}

/** Sets the stage, and takes down after each test and all of them what was put up. */
export function setChatStage(): ChatStage {
  const chat = new ChatProcess()
  let browser: Browser | undefined
  let windows: ChatWindow[] = []

  beforeAll(async () => {
    buildPage()
    await Promise.all([
      chat.start(),
      launchChromium().then((launched) => {
        browser = launched
      }),
    ])
  })

  afterEach(async () => {
    const problems = windows.flatMap((window) => window.problems)
    await Promise.all(windows.map((window) => window.context.close()))
    windows = []
    expect(problems).toEqual([])
  })

  afterAll(async () => {
    await browser?.close()
    await chat.dispose()
  })

  const open = async (room: string, options?: WindowOptions): Promise<ChatWindow> => {
    if (!browser) throw new Error('the stage is not set yet')
    const window = await ChatWindow.open(browser, `${chat.url}/#${room}`, options)
    windows.push(window)
    return window
  }
  const enter = async (
    name: string,
    room: string,
    options?: WindowOptions,
  ): Promise<ChatWindow> => {
    const window = await open(room, options)
    await window.join(name)
    return window
  }
  return { chat, open, enter }
}
