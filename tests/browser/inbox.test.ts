import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { WindowOptions } from './chat-window.ts'
import { setInboxStage } from './inbox-stage.ts'
import type { InboxWindow } from './inbox-window.ts'

const PHONE = { width: 390, height: 844 }
const DESKTOP = { width: 1280, height: 800 }

describe('an inbox', () => {
  const stage = setInboxStage()

  /** Two devices of one person, and a window of another, whom no other test knows. */
  async function enterAll(
    name: string,
    options?: WindowOptions,
  ): Promise<[InboxWindow, InboxWindow, InboxWindow]> {
    return [
      await stage.enter(name, options),
      await stage.enter(name.toUpperCase(), options),
      await stage.enter(`${name}s friend`, options),
    ]
  }

  async function agree(windows: readonly InboxWindow[], titles: readonly string[]): Promise<void> {
    for (const window of windows) await expect.poll(() => window.titles()).toEqual(titles)
  }

  it('shows on every device what comes, once, and tells who sent it', async () => {
    const [desk, phone, friend] = await enterAll('Ada')
    await desk.page.getByText('Nothing here yet').waitFor()
    const chip = friend.page.getByRole('button', { name: 'Ada', exact: false })
    await chip.first().waitFor()
    await friend.send('ada', 'Lunch?', { message: 'At noon', priority: 'high', type: 'reminder' })
    await friend.send('Ada', 'Dinner?')
    await agree([desk, phone], ['Dinner?', 'Lunch?'])
    for (const window of [desk, phone]) {
      await window.counts(2)
      await expect.poll(() => window.page.title()).toBe('(2) Inbox · Coterie')
      await expect
        .poll(() => window.item('Lunch?').locator('.meta').textContent())
        .toBe('Reminderfrom Adas friendHigh')
      expect(await window.toasts.locator('.open').allTextContents()).toEqual(['Lunch?', 'Dinner?'])
    }
    expect(await friend.titles()).toEqual([])
    await desk.page.reload()
    await agree([desk], ['Dinner?', 'Lunch?'])
    await desk.counts(2)
    expect(await desk.toasts.count()).toBe(0)
  })

  it('is read on all devices when it is read on one', async () => {
    const [desk, phone, friend] = await enterAll('Bea')
    for (const title of ['One', 'Two', 'Three']) await friend.send('Bea', title)
    await agree([desk, phone], ['Three', 'Two', 'One'])
    await desk.read('Two')
    for (const window of [desk, phone]) {
      await expect.poll(() => window.unread()).toEqual(['Three', 'One'])
      await window.counts(2)
      await expect.poll(() => window.toasts.locator('.open').allTextContents()).not.toContain('Two')
    }
    await phone.toasts.getByRole('button', { name: 'Three' }).click()
    await desk.counts(1)
    await phone.markAllRead()
    for (const window of [desk, phone]) {
      await window.counts(0)
      await expect.poll(() => window.unread()).toEqual([])
      await expect.poll(() => window.toasts.count()).toBe(0)
      expect(await window.page.locator('#read-all').isDisabled()).toBe(true)
    }
    await desk.page.reload()
    await agree([desk], ['Three', 'Two', 'One'])
    expect(await desk.unread()).toEqual([])
  })

  it('leaves unread what comes while all is marked as read', async () => {
    const [desk, phone, friend] = await enterAll('Ina')
    await friend.send('Ina', 'Seen')
    await agree([desk, phone], ['Seen'])
    const sent = Promise.withResolvers<void>()
    await desk.page.route('**/mark-all-read*', async (route) => {
      await sent.promise
      await route.continue()
    })
    await desk.markAllRead()
    await friend.send('Ina', 'Came meanwhile')
    await agree([desk, phone], ['Came meanwhile', 'Seen'])
    sent.resolve()
    for (const window of [desk, phone]) {
      await expect.poll(() => window.unread()).toEqual(['Came meanwhile'])
      await window.counts(1)
    }
  })

  it('waits for who is away, and knows what happened meanwhile', async () => {
    const [desk, phone, friend] = await enterAll('Cem')
    await friend.send('Cem', 'Before')
    await agree([desk, phone], ['Before'])
    await phone.goOffline()
    await friend.send('Cem', 'Meanwhile')
    await desk.read('Before')
    await desk.counts(1)
    expect(await phone.titles()).toEqual(['Before'])
    await phone.goOnline()
    await agree([phone], ['Meanwhile', 'Before'])
    await phone.counts(1)
    await expect.poll(() => phone.unread()).toEqual(['Meanwhile'])
    await phone.page.locator('#banner').waitFor({ state: 'hidden' })
    await friend.send('Dan', 'For somebody who was never here')
    const dan = await stage.enter('Dan')
    await agree([dan], ['For somebody who was never here'])
    await dan.toasts.getByText('For somebody who was never here').waitFor()
    await dan.counts(1)
  })

  it('survives a server that is killed, and shows nothing twice', async () => {
    const [desk, phone, friend] = await enterAll('Eda')
    await friend.send('Eda', 'Kept')
    await agree([desk, phone], ['Kept'])
    await stage.server.stop('SIGKILL')
    await desk.offline()
    await stage.server.start()
    for (const window of [desk, phone, friend]) await window.window.connected()
    await friend.send('Eda', 'And on')
    await agree([desk, phone], ['And on', 'Kept'])
    await desk.counts(2)
    const toasts = await phone.toasts.locator('.open').allTextContents()
    expect(toasts.filter((title) => title === 'Kept').length).toBeLessThanOrEqual(1)
    expect(toasts).toContain('And on')
  })

  it('works where no WebSocket gets through', async () => {
    const prepare = (page: Page) =>
      page.routeWebSocket('**/api/realtime/**', (socket) => void socket.close({ code: 1011 }))
    const [desk, phone, friend] = await enterAll('Dee', { prepare })
    await friend.send('Dee', 'By a stream')
    await agree([desk, phone], ['By a stream'])
    await desk.read('By a stream')
    await phone.counts(0)
    await desk.page.reload()
    await agree([desk], ['By a stream'])
    expect(await desk.unread()).toEqual([])
  })

  it('takes back what the server did not take, and says so', async () => {
    const [desk, phone, friend] = await enterAll('Fay')
    await friend.send('Fay', 'Unread')
    await agree([desk, phone], ['Unread'])
    await desk.page.route('**/mark-read', (route) => route.abort('connectionrefused'))
    await desk.read('Unread')
    await desk.hears('That did not work: the server could not be asked.')
    await expect.poll(() => desk.unread()).toEqual(['Unread'])
    await desk.counts(1)
  })

  it('pages through what is older, and filters by what is unread', async () => {
    const [desk, phone, friend] = await enterAll('Gil')
    const titles = Array.from({ length: 23 }, (_, index) => `Number ${index + 1}`)
    for (const title of titles) await friend.send('Gil', title)
    const newest = titles.toReversed()
    await agree([desk], newest)
    await phone.page.reload()
    await agree([phone], newest.slice(0, 10))
    await phone.counts(23)
    const more = phone.page.getByRole('button', { name: 'Load more' })
    await more.click()
    await agree([phone], newest.slice(0, 20))
    await friend.send('Gil', 'Number 24')
    await more.click()
    await agree([phone], ['Number 24', ...newest])
    await more.waitFor({ state: 'hidden' })

    await phone.read('Number 24')
    await phone.read('Number 22')
    await phone.counts(22)
    await phone.show('Unread')
    const unread = newest.filter((title) => title !== 'Number 22')
    await agree([phone], unread.slice(0, 10))
    await phone.item('Number 23').getByRole('button').press('Enter')
    await agree([phone], unread.slice(1, 10))
    const focused = () => phone.page.evaluate(() => document.activeElement?.textContent)
    await expect.poll(focused).toContain('Number 21')
    await desk.markAllRead()
    await phone.page.getByText('Nothing waits for you').waitFor()
    await phone.show('All')
    await agree([phone], ['Number 24', ...newest])
  })

  it('answers by its button, and disappears when its time is over', async () => {
    const [desk, phone, friend] = await enterAll('Hal')
    await friend.send('Hal', 'Coming?', { action: 'I’m in' })
    await friend.send('Hal', 'Gone in a moment', { expires: '10' })
    await agree([desk, phone], ['Gone in a moment', 'Coming?'])
    await desk.item('Gone in a moment').getByText('disappears soon').waitFor()
    await desk.item('Coming?').getByRole('button', { name: 'I’m in' }).click()
    await agree([friend], ['I’m in: Coming?'])
    await phone.counts(1)
    await desk.item('Gone in a moment').waitFor({ state: 'detached' })
    await phone.counts(0)
    await agree([desk, phone], ['Coming?'])
  })

  it('tells nothing of what one does not want to hear', async () => {
    const [desk, , friend] = await enterAll('Ivo')
    await desk.page.getByRole('button', { name: 'Preferences' }).click()
    await desk.page.getByRole('button', { name: 'Comment' }).click()
    await desk.page.getByLabel('Quiet hours').check()
    await desk.page.getByRole('button', { name: 'Save' }).click()
    await desk.hears('Saved.')
    await desk.page.getByRole('button', { name: 'Preferences' }).click()
    const dialog = desk.page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Comment', pressed: true }).waitFor()
    expect(await dialog.getByLabel('From').inputValue()).toBe('22:00')
    await dialog.getByLabel('Quiet hours').uncheck()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await friend.send('Ivo', 'Muted', { type: 'comment' })
    await friend.send('Ivo', 'Heard', { type: 'task' })
    await desk.toasts.getByText('Heard').waitFor()
    expect(await desk.toasts.getByText('Muted').count()).toBe(0)
  })

  it('says what is missing, and shows markup as the text that it is', async () => {
    const eve = await stage.enter('<b id="bold">Eve</b>')
    await eve.page.getByRole('button', { name: 'Send', exact: true }).click()
    await eve.page.getByText('Say whom to notify').waitFor()
    await eve.page.getByRole('button', { name: 'Me', exact: true }).click()
    await eve.page.getByRole('button', { name: 'Send', exact: true }).click()
    await eve.page.getByText('A title says what it is about').waitFor()
    await eve.send('', '<img src=x onerror=alert(1)>', { message: '<i class="slanted">x</i>' })
    await agree([eve], ['<img src=x onerror=alert(1)>'])
    await eve.item('<img src=x onerror=alert(1)>').getByText('<b id="bold">Eve</b>').waitFor()
    expect(await eve.page.locator('#bold, .slanted, .item img').count()).toBe(0)
  })

  it('fits a phone and a desk, and moves nothing when something comes', async () => {
    const friend = await stage.enter('Hubert B. Wolfeschlegelsteinhausen Sr', {
      viewport: DESKTOP,
      colorScheme: 'dark',
    })
    const desk = await stage.enter('Jo', { viewport: DESKTOP })
    const phone = await stage.open({ viewport: PHONE, hasTouch: true, isMobile: true })
    expect(await phone.window.overflow()).toEqual([])
    await phone.window.picture('inbox-phone-entry')
    await phone.enter('Jo')
    const long = `${'A very long title '.repeat(5)}${'x'.repeat(29)}`
    await friend.send('Jo', long, { message: `${'word '.repeat(60)}${'y'.repeat(120)}` })
    await friend.send('Jo, Hubert B. Wolfeschlegelsteinhausen Sr', 'Lunch at noon?', {
      message: 'By the fountain, as always.',
      priority: 'urgent',
      action: 'I’m in',
      expires: '3600',
    })
    await friend.send('Jo', 'The door stood open', { type: 'security', priority: 'emergency' })
    for (const window of [desk, phone]) await window.counts(3)
    const bellAt = async () => (await desk.page.locator('#bell').boundingBox())?.x
    const before = await bellAt()
    await desk.markAllRead()
    await desk.counts(0)
    expect(await bellAt()).toBe(before)
    await friend.send('Jo', 'One more', { type: 'mention' })
    await desk.counts(1)
    for (const { window } of [desk, phone, friend]) expect(await window.overflow()).toEqual([])
    await phone.window.picture('inbox-phone')
    await desk.window.picture('inbox-desktop')
    await friend.window.picture('inbox-desktop-dark')
    await phone.page.getByRole('button', { name: 'Write' }).tap()
    await phone.page.getByRole('heading', { name: 'Send a notification' }).waitFor()
    expect(await phone.window.overflow()).toEqual([])
    await phone.window.picture('inbox-phone-write')
    await phone.page.getByRole('button', { name: /^Inbox/ }).tap()
    await phone.page.getByRole('button', { name: 'Preferences' }).tap()
    await phone.page.getByRole('dialog').waitFor()
    expect(await phone.window.overflow()).toEqual([])
    await phone.window.picture('inbox-phone-preferences')
  })

  it('is found from the chat, and leads back', async () => {
    const jo = await stage.open()
    await jo.page.goto(stage.server.url)
    await jo.page.getByRole('link', { name: 'Open the inbox' }).click()
    await jo.enter('Kim')
    await jo.page.getByRole('button', { name: 'Leave' }).click()
    await jo.page.getByRole('link', { name: 'Back to the chat' }).click()
    await jo.page.getByRole('heading', { name: 'Come on in' }).waitFor()
  })
})
