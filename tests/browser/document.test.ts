import type { Locator } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { setDocumentStage } from './document-stage.ts'
import type { DocumentWindow } from './document-window.ts'

const PHONE = { width: 360, height: 740 }
const DESKTOP = { width: 1280, height: 800 }
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz'
const DIGITS = '01234567890123456789012345'
/** How long between two keys of somebody who types fast, in ms. */
const KEY_MS = 15

describe('a document', () => {
  const stage = setDocumentStage()

  async function enterAll(document: string): Promise<DocumentWindow[]> {
    const windows = []
    for (const name of ['Ada', 'Bob', 'Cleo']) windows.push(await stage.enter(name, document))
    return windows
  }

  async function agree(windows: readonly DocumentWindow[], texts: string[]): Promise<void> {
    for (const window of windows) await expect.poll(() => window.texts()).toEqual(texts)
  }

  /** Waits until all show the same, and returns it. */
  async function sameText(windows: readonly DocumentWindow[]): Promise<string> {
    for (const window of windows) await window.saved()
    await expect
      .poll(
        async () => new Set((await Promise.all(windows.map((each) => each.texts()))).map(String)),
      )
      .toHaveLength(1)
    return String(await windows[0]?.texts())
  }

  it('keeps every letter of two who type in one paragraph at the same moment', async () => {
    const ada = await stage.enter('Ada', 'paragraph')
    const bob = await stage.enter('Bob', 'paragraph')
    await ada.text.focus()
    await ada.page.keyboard.type('[]')
    await agree([ada, bob], ['[]'])
    // At the same place, one letter by one letter.
    await ada.place(1, 1)
    await bob.place(1, 1)
    await Promise.all([
      ada.page.keyboard.type(ALPHABET, { delay: KEY_MS }),
      bob.page.keyboard.type(DIGITS, { delay: KEY_MS }),
    ])
    const text = await sameText([ada, bob])
    expect(text.replace(/[^a-z]/g, '')).toBe(ALPHABET)
    expect(text.replace(/[^0-9]/g, '')).toBe(DIGITS)
    expect([text.at(0), text.at(-1), text.length]).toEqual(['[', ']', 54])
    // Each takes away some of what the other has just written around.
    await ada.place(1, 1)
    await bob.place(1, 53)
    await Promise.all([
      ada.page.keyboard.type('begin ', { delay: KEY_MS }),
      (async () => {
        for (let n = 0; n < 5; n += 1) await bob.page.keyboard.press('Backspace')
        await bob.page.keyboard.type(' end', { delay: KEY_MS })
      })(),
    ])
    expect(await sameText([ada, bob])).toMatch(/^\[begin [a-z0-9]{47} end\]$/)
  })

  it('is the same for three people who write at once in different paragraphs', async () => {
    const windows = await enterAll('together')
    const [ada] = windows as [DocumentWindow, DocumentWindow, DocumentWindow]
    await expect
      .poll(() => ada.people.locator('.name').allTextContents())
      .toEqual(['Ada', 'Bob', 'Cleo'])
    await ada.text.focus()
    for (const [index, line] of ['One', 'Two', 'Three'].entries()) {
      if (index > 0) await ada.page.keyboard.press('Enter')
      await ada.page.keyboard.type(line)
    }
    await agree(windows, ['One', 'Two', 'Three'])
    const more = ` and ${'more '.repeat(8)}of`
    await Promise.all(
      windows.map(async (window, index) => {
        const text = `${more} ${index}`
        const before = ['One', 'Two', 'Three'][index] ?? ''
        await window.place(index + 1, before.length)
        await window.page.keyboard.type(text, { delay: KEY_MS })
        expect(await window.caret()).toEqual([index + 1, before.length + text.length])
      }),
    )
    await agree(windows, [`One${more} 0`, `Two${more} 1`, `Three${more} 2`])
    for (const window of windows) await window.saved()
    expect(await ada.page.title()).toBe(`One${more} 0 · Coterie`)
  })

  it('shows the others where somebody writes, under the name and in a colour of their own', async () => {
    const windows = (await enterAll('carets')) as [DocumentWindow, DocumentWindow, DocumentWindow]
    const [ada, bob, cleo] = windows
    await ada.text.focus()
    await ada.page.keyboard.type('First')
    await ada.page.keyboard.press('Enter')
    await ada.page.keyboard.type('Second')
    await agree(windows, ['First', 'Second'])
    await bob.place(1, 2)
    await bob.caretOf('Ada').waitFor()
    await cleo.caretOf('Ada').waitFor()
    await cleo.caretOf('Bob').waitFor()
    await ada.caretOf('Bob').waitFor()
    expect(await ada.caretOf('Ada').count(), 'nobody sees the own one').toBe(0)
    const colors = await Promise.all(
      ['Ada', 'Bob'].map((name) => colorOf(cleo.caretOf(name).locator('.caret-name'))),
    )
    expect(new Set(colors).size).toBe(2)
    const [first] = await bob.text.locator('p').first().locator('.caret').allTextContents()
    expect(first).toBeUndefined()
    await cleo.people.filter({ hasText: 'Bob' }).getByText('writing').waitFor()

    await bob.place(1, 0, 5)
    await cleo.text.locator('.selected').getByText('First').waitFor()
    await bob.page.close()
    await cleo.caretOf('Bob').waitFor({ state: 'detached' })
    await expect.poll(() => cleo.people.locator('.name').allTextContents()).toEqual(['Cleo', 'Ada'])
  })

  it('leaves the caret where it belongs when others write before it', async () => {
    const ada = await stage.enter('Ada', 'same')
    const bob = await stage.enter('Bob', 'same')
    await ada.text.focus()
    await ada.page.keyboard.type('the end')
    await agree([ada, bob], ['the end'])
    await bob.place(1, 0)
    await bob.page.keyboard.type('This is ')
    await agree([ada, bob], ['This is the end'])
    expect(await ada.caret()).toEqual([1, 'This is the end'.length])
    await ada.page.keyboard.type(', I hope')
    await agree([ada, bob], ['This is the end, I hope'])
    expect(await bob.caret()).toEqual([1, 'This is '.length])
  })

  it('splits, joins and pastes paragraphs, and formats them, for everybody', async () => {
    const ada = await stage.enter('Ada', 'keys')
    const bob = await stage.enter('Bob', 'keys')
    const { keyboard } = ada.page
    await ada.text.focus()
    await keyboard.type('headtail')
    await ada.place(1, 4)
    await keyboard.press('Enter')
    await agree([ada, bob], ['head', 'tail'])
    expect(await ada.caret()).toEqual([2, 0])
    await keyboard.press('Backspace')
    await agree([ada, bob], ['headtail'])
    expect(await ada.caret()).toEqual([1, 4])
    await ada.paste('one\r\ntwo\n\nthree')
    await agree([ada, bob], ['headone', 'two', 'threetail'])

    await ada.place(2, 0, 3)
    await keyboard.press('ControlOrMeta+b')
    await bob.text.locator('strong').getByText('two').waitFor()
    await expect.poll(() => ada.button('Bold').getAttribute('aria-pressed')).toBe('true')
    await ada.place(1, 0)
    await keyboard.type('# ')
    await bob.text.locator('h1').getByText('headone').waitFor()
    await ada.place(3, 5)
    await keyboard.press('Enter')
    await ada.button('Bullet list').click()
    await bob.text.locator('ul > li').getByText('tail').waitFor()
    expect(await ada.button('Bullet list').getAttribute('aria-pressed')).toBe('true')
    await keyboard.type('re')
    await agree([ada, bob], ['headone', 'two', 'three', 'retail'])
  })

  it('can be used by the keyboard alone', async () => {
    const ada = await stage.enter('Ada', 'keyboard')
    const { keyboard } = ada.page
    await keyboard.type('alone')
    await ada.place(1, 0, 5)
    await keyboard.press('Shift+Tab')
    await expect.poll(() => ada.page.evaluate(() => document.activeElement?.ariaLabel)).toBe('Bold')
    await keyboard.press('ArrowRight')
    await keyboard.press('Enter')
    await ada.text.locator('em').getByText('alone').waitFor()
    await keyboard.press('ArrowRight')
    await keyboard.type('!')
    await agree([ada], ['alone!'])
  })

  it('takes back only what one has written oneself', async () => {
    const ada = await stage.enter('Ada', 'undo')
    const bob = await stage.enter('Bob', 'undo')
    await ada.text.focus()
    await ada.page.keyboard.type('from ada')
    await agree([ada, bob], ['from ada'])
    expect(await bob.button('Undo').getAttribute('aria-disabled')).toBe('true')
    await bob.place(1, 8)
    await bob.page.keyboard.type(', from bob')
    await agree([ada, bob], ['from ada, from bob'])
    await ada.page.keyboard.press('ControlOrMeta+z')
    await agree([ada, bob], [', from bob'])
    await ada.page.keyboard.press('ControlOrMeta+z')
    await agree([ada, bob], [', from bob'])
    await ada.button('Redo').click()
    await agree([ada, bob], ['from ada, from bob'])
    await bob.button('Undo').click()
    await agree([ada, bob], ['from ada'])
  })

  it('is there again after a reload, and was sent before it', async () => {
    const ada = await stage.enter('Ada', 'reload')
    await ada.text.focus()
    await ada.page.keyboard.type('Kept')
    await ada.page.keyboard.press('Enter')
    await ada.page.keyboard.type('Written just before')
    await ada.page.reload()
    await ada.saved()
    await agree([ada], ['Kept', 'Written just before'])
    expect(await ada.page.title()).toBe('Kept · Coterie')
    await expect.poll(() => ada.people.locator('.name').allTextContents()).toEqual(['Ada'])
  })

  it('joins what was written without a connection to what the others wrote meanwhile', async () => {
    const windows = await enterAll('offline')
    const [ada, bob] = windows as [DocumentWindow, DocumentWindow, DocumentWindow]
    await ada.text.focus()
    await ada.paste('mine\nyours\nours')
    await agree(windows, ['mine', 'yours', 'ours'])
    await ada.saved()

    await ada.goOffline()
    expect(await ada.badge.textContent()).not.toContain('not sent')
    await ada.place(1, 4)
    await ada.page.keyboard.type(', offline')
    await ada.badge.getByText('Offline, changes not sent yet').waitFor()
    await ada.place(3, 4)
    await ada.page.keyboard.type('!')
    await bob.place(2, 5)
    await bob.page.keyboard.type(', online')
    await bob.place(3, 0)
    await bob.page.keyboard.type('all ')
    await bob.saved()
    expect(await ada.texts()).toEqual(['mine, offline', 'yours', 'ours!'])

    await ada.goOnline()
    await ada.saved()
    await agree(windows, ['mine, offline', 'yours, online', 'all ours!'])
    expect(await ada.caret()).toEqual([3, 9])
  })

  it('keeps what was written without a connection over a reload', async () => {
    const ada = await stage.enter('Ada', 'offline-reload')
    const bob = await stage.enter('Bob', 'offline-reload')
    await ada.text.focus()
    await ada.paste('one\ntwo')
    await agree([ada, bob], ['one', 'two'])
    await ada.saved()
    await ada.goOffline()
    await ada.place(1, 3)
    await ada.page.keyboard.press('Enter')
    await ada.page.keyboard.type('between')
    await ada.badge.getByText('changes not sent yet').waitFor()
    await bob.place(2, 3)
    await bob.page.keyboard.type(' and three')
    ada.mend()
    await ada.page.reload()
    await ada.saved()
    await agree([ada, bob], ['one', 'between', 'two and three'])
  })

  it('loses nothing when the server is killed in the middle, and starts again', async () => {
    const ada = await stage.enter('Ada', 'killed')
    const bob = await stage.enter('Bob', 'killed')
    await ada.text.focus()
    await ada.page.keyboard.type('[]')
    await agree([ada, bob], ['[]'])
    await ada.place(1, 1)
    await bob.place(1, 1)
    await Promise.all([
      ada.page.keyboard.type(ALPHABET, { delay: 40 }),
      bob.page.keyboard.type(DIGITS, { delay: 40 }),
      stage.kill(),
    ])
    await ada.badge.getByText('Offline, changes not sent yet').waitFor()
    await stage.restart()
    const text = await sameText([ada, bob])
    expect(text.replace(/[^a-z]/g, '')).toBe(ALPHABET)
    expect(text.replace(/[^0-9]/g, '')).toBe(DIGITS)
    const late = await stage.enter('Cleo', 'killed')
    await agree([late], [text])
  })

  it('shows markup as the text that it is', async () => {
    const eve = await stage.enter('<b id="bold">Eve</b>', 'markup')
    const ada = await stage.enter('Ada', 'markup')
    await eve.text.focus()
    await eve.page.keyboard.type('<img src=x onerror=alert(1)>')
    await agree([ada], ['<img src=x onerror=alert(1)>'])
    await ada.caretOf('<b id="bold">Eve</b>').waitFor()
    expect(await ada.page.locator('#bold, .sheet img[src]').count()).toBe(0)
  })

  it('is found from the chat, has a link to share, and leads back', async () => {
    const ada = await stage.open('found', { permissions: ['clipboard-read', 'clipboard-write'] })
    await ada.page.goto(stage.url)
    await ada.page.getByRole('link', { name: 'Open the document' }).click()
    await ada.enter('Ada')
    expect(new URL(ada.page.url()).search).toBe('?doc=welcome')
    await ada.page.getByRole('button', { name: 'Copy the link to this document' }).click()
    await ada.page.locator('#toast').waitFor()
    const link = await ada.page.evaluate(() => navigator.clipboard.readText())
    expect(link).toBe(`${stage.url}/document/?doc=welcome`)
    await ada.page.getByRole('link', { name: 'New document' }).click()
    await ada.saved()
    expect(ada.page.url()).toMatch(/\?doc=[a-z0-9]{6,}$/)
    await ada.page.getByRole('link', { name: 'Back to the chat' }).click()
    await ada.page.getByRole('heading', { name: '#lobby' }).waitFor()
  })

  it('fits a phone and a desk', async () => {
    const bob = await stage.enter('Hubert B. Wolfeschlegelsteinhausen Sr', 'views', {
      viewport: DESKTOP,
    })
    await bob.text.focus()
    await bob.page.keyboard.type('# A picnic on Saturday')
    await bob.page.keyboard.press('Enter')
    await bob.paste(PICNIC)
    const dark = await stage.enter('Cleo', 'views', { viewport: DESKTOP, colorScheme: 'dark' })
    await dark.place(4, 3, 40)
    const ada = await stage.open('views', { viewport: PHONE, hasTouch: true, isMobile: true })
    expect(await ada.window.overflow()).toEqual([])
    await ada.window.picture('document-phone-entry')
    await ada.enter('Ada')
    await ada.place(2, 10)
    await bob.place(3, 5)
    await ada.caretOf('Hubert').waitFor()
    await bob.caretOf('Ada').waitFor()
    await bob.caretOf('Cleo').waitFor()
    await dark.caretOf('Ada').waitFor()
    const avatarColors = () =>
      Promise.all(['Hubert', 'Ada', 'Cleo'].map((name) => colorOf(bob.avatarOf(name))))
    await expect.poll(async () => new Set(await avatarColors()).size).toBe(3)
    // Who came later has another colour than what the caret was first shown in.
    for (const name of ['Ada', 'Cleo']) {
      const color = await colorOf(bob.avatarOf(name))
      const label = bob.caretOf(name).locator('.caret-name')
      await expect.poll(() => colorOf(label)).toBe(color)
    }
    expect(await ada.window.overflow()).toEqual([])
    await ada.window.picture('document-phone')
    await bob.window.picture('document-desktop')
    await dark.window.picture('document-desktop-dark')
    await ada.page.getByRole('button', { name: '3 people here' }).tap()
    await ada.page.getByRole('heading', { name: 'In the document' }).waitFor()
    await expect.poll(() => ada.window.overflow()).toEqual([])
    await ada.window.picture('document-phone-people')
  })
})

/** The colour of what is behind an element's text. */
function colorOf(place: Locator): Promise<string> {
  return place.evaluate((one) => getComputedStyle(one).backgroundColor)
}

const PICNIC = `We meet at ten by the fountain, and walk to the meadow from there. It takes about half an hour, a little longer with the hamper.
Ada brings the blankets and the big thermos. Bob has promised lemonade, and this time with sugar.
Cleo knows a place in the shade, behind the second bridge, where the river is shallow enough to cool the bottles in it.
If it rains, we meet at Ada’s instead and eat everything on the floor.`
