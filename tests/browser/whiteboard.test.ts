import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildPage, ChatProcess } from './chat-process.ts'
import { ChatWindow } from './chat-window.ts'
import { launchChromium } from './chromium.ts'
import { Line } from './line.ts'

/** Where a line goes, as parts of the board's width and height. */
type Way = readonly (readonly [x: number, y: number])[]

const RISING: Way = [
  [0.1, 0.8],
  [0.2, 0.5],
  [0.3, 0.2],
]
const LEVEL: Way = [
  [0.5, 0.5],
  [0.7, 0.5],
  [0.9, 0.5],
]

/** One person's window on a whiteboard. */
class BoardWindow {
  readonly window: ChatWindow
  readonly page: Page
  readonly line: Line

  private constructor(window: ChatWindow, line: Line) {
    this.window = window
    this.page = window.page
    this.line = line
  }

  static async enter(browser: Browser, url: string, name: string): Promise<BoardWindow> {
    const line = new Line()
    const window = await ChatWindow.open(browser, url, { prepare: (page) => line.run(page) })
    await window.page.getByLabel('Your name').fill(name)
    await window.page.getByRole('button', { name: 'Join' }).click()
    const board = new BoardWindow(window, line)
    await board.connected()
    return board
  }

  async connected(): Promise<void> {
    await this.page.locator('#badge').getByText('Connected').waitFor()
  }

  async draw(way: Way): Promise<void> {
    await this.press(way)
    await this.page.mouse.up()
  }

  /** Draws and keeps the pen down. */
  async press([start, ...rest]: Way): Promise<void> {
    await this.moveTo(start ?? [0, 0])
    await this.page.mouse.down()
    for (const place of rest) await this.moveTo(place, 5)
  }

  async moveTo([x, y]: Way[number], steps = 1): Promise<void> {
    const box = await this.page.locator('#board').boundingBox()
    if (!box) throw new Error('the board is not shown')
    await this.page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps })
  }

  /** How many lines the board says to hold. */
  async holds(lines: number): Promise<void> {
    const words = lines === 1 ? '1 line' : `${lines} lines`
    await expect.poll(() => this.page.locator('#board-label').textContent()).toBe(words)
  }

  /** Tells whether a place is inked, on the finished lines or on those under way. */
  isInked(layer: 'strokes' | 'under-way', [x, y]: Way[number]): Promise<boolean> {
    return this.page.evaluate(
      ([id, across, down]) => {
        const canvas = document.querySelector<HTMLCanvasElement>(`#${id}`)
        const context = canvas?.getContext('2d')
        if (!canvas || !context) return false
        const [left, top] = [across * canvas.width - 4, down * canvas.height - 4]
        return context.getImageData(left, top, 8, 8).data.some((value) => value > 0)
      },
      [layer, x, y] as const,
    )
  }

  users(): Promise<string[]> {
    return this.page.locator('#users-list .name').allTextContents()
  }

  tools(): Promise<string[]> {
    return this.page.locator('#users-list .tool').allTextContents()
  }

  cursors(): Promise<string[]> {
    return this.page.locator('#cursors .cursor-name').allTextContents()
  }
}

describe('a whiteboard', () => {
  const server = new ChatProcess()
  let browser: Browser
  let windows: BoardWindow[] = []

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

  async function enter(name: string, room: string): Promise<BoardWindow> {
    const window = await BoardWindow.enter(browser, `${server.url}/whiteboard/?room=${room}`, name)
    windows.push(window)
    return window
  }

  async function enterAll(room: string): Promise<[BoardWindow, BoardWindow, BoardWindow]> {
    return [await enter('Ada', room), await enter('Bob', room), await enter('Cleo', room)]
  }

  it('shows three people each other, their tools and where they point', async () => {
    const [ada, bob, cleo] = await enterAll('people')
    for (const window of [ada, bob, cleo]) {
      const names = async (): Promise<string[]> => (await window.users()).toSorted()
      await expect.poll(names).toEqual(['Ada', 'Bob', 'Cleo'])
    }
    await bob.page.keyboard.press('e')
    await expect.poll(() => ada.tools()).toContain('Eraser')
    await bob.moveTo([0.3, 0.3])
    await bob.moveTo([0.5, 0.5])
    for (const window of [ada, cleo]) await expect.poll(() => window.cursors()).toEqual(['Bob'])
    expect(await bob.cursors(), 'not one’s own').toEqual([])
  })

  it('shows a line while it is drawn, and then to who comes later and after a reload', async () => {
    const [ada, bob, cleo] = await enterAll('lines')
    const middle = RISING[1] as Way[number]
    await ada.press(RISING)
    for (const window of [bob, cleo]) {
      await expect.poll(() => window.isInked('under-way', middle)).toBe(true)
      expect(await window.isInked('strokes', middle)).toBe(false)
    }
    await ada.page.mouse.up()
    for (const window of [ada, bob, cleo]) {
      await window.holds(1)
      await expect.poll(() => window.isInked('strokes', middle)).toBe(true)
      await expect.poll(() => window.isInked('under-way', middle)).toBe(false)
    }
    await bob.page.reload()
    await bob.connected()
    await bob.holds(1)
    const late = await enter('Dora', 'lines')
    await late.holds(1)
    await expect.poll(() => late.isInked('strokes', middle)).toBe(true)
  })

  it('undoes one’s own lines only, and clears for everybody when asked twice', async () => {
    const [ada, bob, cleo] = await enterAll('undo')
    await ada.draw(RISING)
    await bob.holds(1)
    await bob.draw(LEVEL)
    await ada.holds(2)
    await ada.page.keyboard.press('Control+z')
    for (const window of [ada, bob, cleo]) await window.holds(1)
    expect(await cleo.isInked('strokes', LEVEL[1] as Way[number])).toBe(true)
    await expect.poll(() => ada.page.locator('#undo').isDisabled()).toBe(true)
    expect(await cleo.page.locator('#undo').isDisabled()).toBe(true)

    await cleo.page.locator('#clear').click()
    await cleo.page.getByRole('button', { name: 'Keep it' }).click()
    await bob.holds(1)
    await cleo.page.locator('#clear').click()
    await cleo.page.getByRole('button', { name: 'Clear the board' }).click()
    for (const window of [ada, bob, cleo]) await window.holds(0)
  })

  it('erases what one wipes over, and paints the board for everybody', async () => {
    const [ada, bob, cleo] = await enterAll('erase')
    await ada.draw(RISING)
    await ada.draw(LEVEL)
    await bob.holds(2)
    await bob.page.keyboard.press('e')
    await bob.draw([
      [0.7, 0.4],
      [0.7, 0.5],
      [0.7, 0.6],
    ])
    for (const window of [ada, bob, cleo]) await window.holds(1)
    await cleo.page.locator('#background').fill('#112233')
    for (const window of [ada, bob, cleo]) {
      await expect
        .poll(() => window.page.locator('#board').evaluate((board) => board.style.backgroundColor))
        .toBe('rgb(17, 34, 51)')
    }
  })

  it('sends what was drawn without a line, and gets what was missed, when it is back', async () => {
    const [ada, bob, cleo] = await enterAll('offline')
    await ada.draw(RISING)
    await bob.holds(1)
    await bob.line.cut()
    await bob.page.locator('#badge').getByText('Connected').waitFor({ state: 'detached' })
    await bob.draw(LEVEL)
    await bob.holds(2)
    await ada.draw([
      [0.1, 0.1],
      [0.9, 0.1],
    ])
    await cleo.holds(2)
    bob.line.mend()
    for (const window of [ada, bob, cleo]) await window.holds(3)
  })
})
