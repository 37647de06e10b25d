import { describe, expect, it } from 'vitest'
import { setChatStage } from './chat-stage.ts'
import type { ChatWindow } from './chat-window.ts'

const LONG_NAME = 'Hubert B. Wolfeschlegelsteinhausen Sr'
const PHONE = { width: 320, height: 640 }

describe('a chat window', () => {
  const stage = setChatStage()

  it('shows two people one conversation, who is there and who types', async () => {
    const ada = await stage.enter('Ada', 'lobby')
    await ada.page.getByText('It is quiet in here').waitFor()
    const bob = await stage.enter('Bob', 'lobby')
    await ada.people.filter({ hasText: 'Bob' }).waitFor()
    await expect.poll(() => bob.names()).toEqual(['Bob', 'Ada'])

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

  it('can be used with the keyboard alone', async () => {
    const { page } = await stage.open('keyboard')
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

  it('moves to the room that the address names, and hands out its link', async () => {
    const ada = await stage.enter('Ada', 'garden', {
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    await ada.say('among the roses')
    await ada.page.evaluate(() => {
      location.hash = 'Engine Room!'
    })
    await ada.page.getByRole('heading', { name: '#engine-room' }).waitFor()
    await ada.connected()
    await ada.page.getByText('It is quiet in here').waitFor()
    await ada.say('among the machines')
    expect(await ada.texts()).toEqual(['among the machines'])

    await ada.page.getByRole('button', { name: 'Copy the link to this room' }).click()
    await ada.page.locator('#toast').waitFor()
    const link = await ada.page.evaluate(() => navigator.clipboard.readText())
    expect(link).toBe(`${stage.chat.url}/#engine-room`)
    await ada.page.goBack()
    await ada.hears('among the roses')
    expect(await ada.texts()).toEqual(['among the roses'])
  })

  it('shows markup as the text that it is', async () => {
    const name = '<b id="bold">Eve</b>'
    const text = '<img src="x" onerror="document.title = 1"><script>document.title = 2</script>'
    const eve = await stage.enter(name, 'markup')
    const ada = await stage.enter('Ada', 'markup')
    await eve.say(text)
    await ada.hears(text)
    expect(await ada.messages.locator('.author').textContent()).toBe(name)
    await expect.poll(() => ada.names()).toEqual(['Ada', name])
    await eve.draft.pressSequentially('x')
    await ada.page.getByText(`${name} is typing…`).waitFor()
    expect(await ada.page.locator('#bold, #messages img, #messages script').count()).toBe(0)
    expect(await ada.page.title()).toBe('#markup · Coterie')
  })

  it('fits a small phone', async () => {
    const ada = await stage.open('phone', { viewport: PHONE, hasTouch: true, isMobile: true })
    expect(await ada.overflow()).toEqual([])
    await ada.picture('chat-phone-entry')
    await ada.page.getByLabel('Your name').fill('Ada')
    await ada.page.getByRole('button', { name: 'Join' }).tap()
    await ada.connected()
    const bob = await stage.enter(LONG_NAME, 'phone')
    await bob.say('Donaudampfschifffahrtsgesellschaftskapitän'.repeat(4))
    await ada.say(
      'https://example.com/a/very/long/address/that/never/ends?and=goes&on=and&on=further',
    )
    await bob.say('Short')
    await ada.hears('Short')
    await bob.draft.pressSequentially('One more th')
    await ada.page.getByText('Sr is typing…').waitFor()
    await ada.draft.fill('x'.repeat(950))
    await ada.page.getByText('50 left').waitFor()
    expect(await ada.overflow()).toEqual([])
    await ada.picture('chat-phone')

    const toggle = ada.page.getByRole('button', { name: '2 people here' })
    await toggle.tap()
    await ada.page.getByRole('heading', { name: 'In the room' }).waitFor()
    await ada.people.filter({ hasText: 'Hubert' }).waitFor()
    // The sheet slides in.
    await expect.poll(() => ada.overflow()).toEqual([])
    await ada.picture('chat-phone-people')
    await ada.page.keyboard.press('Escape')
    await ada.page.locator('#people').waitFor({ state: 'hidden' })
    expect(await toggle.evaluate((button) => button === document.activeElement)).toBe(true)
  })

  it('counts a long message and does not send one that is too long', async () => {
    const ada = await stage.enter('Ada', 'limits')
    await ada.write('x'.repeat(1_001))
    await ada.page.getByText('1 too many').waitFor()
    expect(await ada.messages.count()).toBe(0)
    await ada.say('x'.repeat(1_000))
  })

  it('shows earlier messages to who scrolls up, and says what is new below', async () => {
    const ada = await stage.enter('Ada', 'long')
    const texts = Array.from({ length: 120 }, (_, at) => `line ${at + 1}`)
    for (const text of texts) await ada.write(text)
    await ada.hears('line 120')
    const bob = await stage.enter('Bob', 'long')
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
})

function distanceFromEnd({ page }: ChatWindow): Promise<number> {
  return page
    .locator('#scroller')
    .evaluate((node) => node.scrollHeight - node.scrollTop - node.clientHeight)
}
