import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildPage, ChatProcess, runChat } from './chat-process.ts'
import { ChatWindow, type WindowOptions } from './chat-window.ts'
import { launchChromium } from './chromium.ts'

const PHONE = { width: 320, height: 640 }

describe('the chat', () => {
  let chat: ChatProcess
  let browser: Browser
  let windows: ChatWindow[] = []

  beforeAll(async () => {
    buildPage()
    chat = new ChatProcess()
    const [launched] = await Promise.all([launchChromium(), chat.start()])
    browser = launched
  })

  afterEach(async () => {
    const problems = windows.flatMap((window) => window.problems)
    await Promise.all(windows.map((window) => window.context.close()))
    windows = []
    expect(problems).toEqual([])
  })

  afterAll(async () => {
    await browser?.close()
    await chat?.dispose()
  })

  async function enter(name: string, room: string, options?: WindowOptions): Promise<ChatWindow> {
    const window = await ChatWindow.join(browser, `${chat.url}/#${room}`, name, options)
    windows.push(window)
    return window
  }

  async function open(room: string, options?: WindowOptions): Promise<ChatWindow> {
    const window = await ChatWindow.open(browser, `${chat.url}/#${room}`, options)
    windows.push(window)
    return window
  }

  it('shows two people one conversation, who is there and who types', async () => {
    const ada = await enter('Ada', 'lobby')
    await ada.page.getByText('It is quiet in here').waitFor()
    const bob = await enter('Bob', 'lobby')
    await ada.people.filter({ hasText: 'Bob' }).waitFor()
    expect(await bob.people.locator('.name').allTextContents()).toEqual(['Bob', 'Ada'])

    await ada.say('Good morning, Bob')
    await bob.hears('Good morning, Bob')
    await bob.draft.pressSequentially('Good m')
    await ada.page.getByText('Bob is typing…').waitFor()
    await bob.say('Good morning, Ada')
    await ada.hears('Good morning, Ada')
    await ada.page.locator('#typing[data-typing="false"]').waitFor()
    expect(await ada.texts()).toEqual(['Good morning, Bob', 'Good morning, Ada'])
    expect(await bob.texts()).toEqual(await ada.texts())
    expect(await ada.messages.nth(1).locator('.author').textContent()).toBe('Bob')

    await bob.setVisible(false)
    await ada.people.filter({ hasText: 'Bob' }).getByText('away').waitFor()
    await ada.say('Are you still there?')
    await expect.poll(() => bob.page.title()).toBe('(1) #lobby · Coterie')
    await bob.setVisible(true)
    await ada.people.filter({ hasText: 'Bob' }).getByText('online').waitFor()
    expect(await bob.page.title()).toBe('#lobby · Coterie')
  })

  it('loses nothing and doubles nothing when the server is stopped, and when it is killed', async () => {
    const ada = await enter('Ada', 'restarts')
    const bob = await enter('Bob', 'restarts', { colorScheme: 'dark' })
    const both = [ada, bob]
    await ada.say('before the stop')
    await bob.say('also before the stop')

    expect(await chat.stop('SIGTERM')).toMatchObject({ code: 0 })
    await Promise.all(both.map((window) => window.cutOff()))
    await ada.write('written while the server was stopped')
    await ada.message('written while the server was stopped', 'sending').waitFor()
    await ada.page.getByText('Sending…').waitFor()
    await ada.picture('chat-desktop-reconnecting')
    await chat.start()
    await Promise.all(both.map((window) => window.connected()))
    await Promise.all(both.map((window) => window.hears('written while the server was stopped')))

    // Killed with messages under way: some have arrived, of some only the answer is missing.
    for (let at = 1; at <= 5; at += 1) await bob.write(`in a hurry ${at}`)
    await chat.stop('SIGKILL')
    await Promise.all(both.map((window) => window.cutOff()))
    await ada.write('written while the server was dead')
    await bob.write('me too')
    await chat.start()
    await Promise.all(both.map((window) => window.connected()))
    await Promise.all([ada.say('after it all'), bob.say('and more')])

    const sent = [
      'before the stop',
      'also before the stop',
      'written while the server was stopped',
      ...[1, 2, 3, 4, 5].map((at) => `in a hurry ${at}`),
      'written while the server was dead',
      'me too',
      'after it all',
      'and more',
    ]
    for (const window of both) {
      for (const text of sent) await window.hears(text)
    }
    const seen = await ada.texts()
    expect(await bob.texts()).toEqual(seen)
    expect(seen.toSorted()).toEqual(sent.toSorted())
    const ofBob = seen.filter((text) => text.startsWith('in a hurry') || text === 'me too')
    expect(ofBob).toEqual([...[1, 2, 3, 4, 5].map((at) => `in a hurry ${at}`), 'me too'])
    expect(await ada.people.locator('.name').allTextContents()).toEqual(['Ada', 'Bob'])
    await bob.picture('chat-desktop-dark')
  })

  it('shows what the server refuses, and sends or discards it as the writer likes', async () => {
    let isRefusing = true
    const ada = await enter('Ada', 'refusals', {
      prepare: (page) =>
        page.routeWebSocket('**/api/realtime/ws', (socket) => {
          const server = socket.connectToServer()
          socket.onMessage((message) => {
            const frame = JSON.parse(String(message))
            if (!isRefusing || frame.type !== 'publish') return server.send(message)
            const error = { type: 'error', id: frame.id, code: 'forbidden', message: 'not now' }
            socket.send(JSON.stringify(error))
          })
        }),
    })
    await ada.write('the first')
    await ada.message('the first', 'failed').getByText('Not sent: not now').waitFor()
    await ada.write('the second')
    const second = ada.message('the second', 'failed')
    await second.waitFor()
    await ada.picture('chat-desktop-not-sent')

    await second.getByRole('button', { name: 'Discard' }).click()
    await second.waitFor({ state: 'detached' })
    isRefusing = false
    await ada.message('the first', 'failed').getByRole('button', { name: 'Retry' }).click()
    await ada.hears('the first')
    expect(await ada.texts()).toEqual(['the first'])
  })

  it('keeps who one is over a reload, and what was not sent', async () => {
    const ada = await enter('Ada', 'reloads', {
      prepare: async (page) => {
        let opened = 0
        await page.routeWebSocket('**/api/realtime/ws', (socket) => {
          opened += 1
          const isDeaf = opened === 1
          const server = socket.connectToServer()
          socket.onMessage((message) => {
            // The first connection swallows what is published to it.
            if (!isDeaf || !String(message).includes('"publish"')) server.send(message)
          })
        })
      },
    })
    const bob = await enter('Bob', 'reloads')
    await bob.say('hello')
    await ada.write('swallowed')
    await ada.message('swallowed', 'sending').waitFor()
    await ada.page.reload()
    await ada.connected()
    await ada.hears('swallowed')
    await bob.hears('swallowed')
    expect(await ada.texts()).toEqual(['hello', 'swallowed'])
    expect(await ada.page.locator('.is-own .text').allTextContents()).toEqual(['swallowed'])
    expect(await bob.people.locator('.name').allTextContents()).toEqual(['Bob', 'Ada'])
  })

  it('can be used with the keyboard alone', async () => {
    const { page } = await open('keyboard')
    const { keyboard } = page
    const focused = (): Promise<string> =>
      page.evaluate(() => document.activeElement?.id || document.activeElement?.tagName || '')
    await keyboard.press('Enter')
    await page.getByText('Please say what to call you.').waitFor()
    expect(await focused()).toBe('name')
    await keyboard.type('Ada')
    await keyboard.press('Tab')
    expect(await focused()).toBe('room')
    await keyboard.press('Enter')
    await page.locator('#badge[data-tone="good"]').waitFor()
    expect(await focused()).toBe('draft')
    await keyboard.type('one line')
    await keyboard.press('Shift+Enter')
    await keyboard.type('and another')
    await keyboard.press('Enter')
    await page.locator('[data-delivery="sent"]').waitFor()
    expect(await page.locator('#messages .text').allTextContents()).toEqual([
      'one line\nand another',
    ])
    expect(await focused()).toBe('draft')
    await keyboard.press('Shift+Tab')
    expect(await focused()).toBe('scroller')
    await keyboard.press('Shift+Tab')
    expect(await focused()).toBe('share')
    await keyboard.press('Enter')
    await page.locator('#toast').waitFor()
  })

  it('shows markup as the text that it is', async () => {
    const name = '<b id="bold">Eve</b>'
    const text = '<img src="x" onerror="document.title = 1"><script>document.title = 2</script>'
    const eve = await enter(name, 'markup')
    const ada = await enter('Ada', 'markup')
    await eve.say(text)
    await ada.hears(text)
    expect(await ada.messages.locator('.author').textContent()).toBe(name)
    expect(await ada.people.locator('.name').allTextContents()).toEqual(['Ada', name])
    await eve.draft.pressSequentially('x')
    await ada.page.getByText(`${name} is typing…`).waitFor()
    expect(await ada.page.locator('#bold, #messages img, #messages script').count()).toBe(0)
    expect(await ada.page.title()).toBe('#markup · Coterie')
  })

  it('fits a small phone', async () => {
    const ada = await open('phone', { viewport: PHONE, hasTouch: true, isMobile: true })
    expect(await ada.fits()).toBe(true)
    await ada.picture('chat-phone-entry')
    await ada.page.getByLabel('Your name').fill('Ada von und zu Wolfeschlegelsteinhausen')
    await ada.page.getByRole('button', { name: 'Join' }).tap()
    await ada.connected()
    const bob = await enter('Bob', 'phone')
    await bob.say('Donaudampfschifffahrtsgesellschaftskapitän'.repeat(4))
    await ada.say(
      'https://example.com/a/very/long/address/that/never/ends?and=goes&on=and&on=further',
    )
    await bob.say('Short')
    await ada.hears('Short')
    expect(await ada.fits()).toBe(true)
    await ada.picture('chat-phone')

    const toggle = ada.page.getByRole('button', { name: '2 people here' })
    await toggle.tap()
    await ada.page.getByRole('heading', { name: 'In the room' }).waitFor()
    await ada.people.filter({ hasText: 'Bob' }).waitFor()
    expect(await ada.fits()).toBe(true)
    await ada.picture('chat-phone-people')
    await ada.page.keyboard.press('Escape')
    await ada.page.locator('#people').waitFor({ state: 'hidden' })
    expect(await toggle.evaluate((button) => button === document.activeElement)).toBe(true)
  })

  it('counts a long message and does not send one that is too long', async () => {
    const ada = await enter('Ada', 'limits')
    await ada.write('x'.repeat(1_001))
    await ada.page.getByText('1 too many').waitFor()
    expect(await ada.messages.count()).toBe(0)
    await ada.say('x'.repeat(1_000))
  })

  it('shows earlier messages to who scrolls up, and says what is new below', async () => {
    const ada = await enter('Ada', 'long')
    const texts = Array.from({ length: 120 }, (_, at) => `line ${at + 1}`)
    for (const text of texts) await ada.write(text)
    await ada.hears('line 120')
    const bob = await enter('Bob', 'long')
    await bob.hears('line 120')
    const scroller = bob.page.locator('#scroller')
    expect(await bob.texts()).toEqual(texts.slice(-50))
    expect(await distanceFromEnd(bob)).toBeLessThan(2)

    await scroller.evaluate((node) => node.scrollTo(0, 0))
    await bob.hears('line 21')
    const shown = bob.message('line 71', 'sent')
    expect(await shown.evaluate((node) => node.getBoundingClientRect().top)).toBeGreaterThan(0)
    await ada.say('something new')
    const pill = bob.page.getByRole('button', { name: '1 new message' })
    await pill.waitFor()
    await bob.picture('chat-desktop-scrolled-up')
    await scroller.evaluate((node) => node.scrollTo(0, 0))
    await bob.page.getByText('This is as far back as it goes.').waitFor()
    expect(await bob.texts()).toEqual([...texts, 'something new'])

    await pill.click()
    await pill.waitFor({ state: 'hidden' })
    expect(await distanceFromEnd(bob)).toBeLessThan(2)
  })

  it('says goodbye, exits with 0, and prints nothing but its address', async () => {
    const { url, dataDir } = chat
    expect(statSync(join(dataDir, 'chat-secret')).mode & 0o777).toBe(0o600)
    expect(await chat.stop('SIGINT')).toMatchObject({ code: 0, stdout: `ready ${url}\n` })
    await chat.start()
  })

  it('names the port that is taken, and the one that is none', async () => {
    const taken = await runChat({ PORT: String(chat.port), COTERIE_DATA_DIR: chat.dataDir })
    expect(taken).toMatchObject({ code: 1, stdout: '' })
    expect(taken.stderr).toContain(`port ${chat.port} on 127.0.0.1 is already in use`)
    const none = await runChat({ PORT: 'eighty', COTERIE_DATA_DIR: chat.dataDir })
    expect(none).toMatchObject({ code: 1, stdout: '' })
    expect(none.stderr).toContain('PORT is "eighty"')
  })
})

function distanceFromEnd({ page }: ChatWindow): Promise<number> {
  return page
    .locator('#scroller')
    .evaluate((node) => node.scrollHeight - node.scrollTop - node.clientHeight)
}
