import { describe, expect, it } from 'vitest'
import { setDocumentStage } from './document-stage.ts'
import type { DocumentWindow } from './document-window.ts'

const PHONE = { width: 390, height: 844 }
const DESKTOP = { width: 1280, height: 800 }

describe('a document', () => {
  const stage = setDocumentStage()

  async function enterAll(document: string): Promise<DocumentWindow[]> {
    const names = ['Ada', 'Bob', 'Cleo']
    const windows = []
    for (const name of names) windows.push(await stage.enter(name, document))
    return windows
  }

  async function agree(windows: readonly DocumentWindow[], texts: string[]): Promise<void> {
    for (const window of windows) await expect.poll(() => window.texts()).toEqual(texts)
  }

  it('is the same for three people who write at once in different paragraphs', async () => {
    const windows = await enterAll('together')
    const [ada, bob, cleo] = windows as [DocumentWindow, DocumentWindow, DocumentWindow]
    await expect
      .poll(() => ada.people.locator('.name').allTextContents())
      .toEqual(['Ada', 'Bob', 'Cleo'])
    await ada.title.fill('The plan')
    await ada.title.press('Enter')
    await ada.page.keyboard.type('One')
    await ada.page.keyboard.press('Enter')
    await ada.page.keyboard.type('Two')
    await ada.page.keyboard.press('Enter')
    await ada.page.keyboard.type('Three')
    await agree(windows, ['One', 'Two', 'Three'])
    for (const { title } of windows) {
      await expect.poll(() => title.inputValue()).toBe('The plan')
    }

    await Promise.all(
      windows.map(async (window, index) => {
        const text = ` and ${'more '.repeat(8)}of ${index}`
        await window.place(index + 1, 9)
        await window.page.keyboard.type(text, { delay: 20 })
        expect(await window.caret()).toEqual([
          `Paragraph ${index + 1}`,
          (['One', 'Two', 'Three'][index] ?? '').length + text.length,
        ])
      }),
    )
    const more = ` and ${'more '.repeat(8)}of`
    await agree(windows, [`One${more} 0`, `Two${more} 1`, `Three${more} 2`])
    for (const window of windows) await window.saved()
    const about = await cleo.page.locator('.about').textContent()
    expect(about).toMatch(/Last edited by (Ada|Bob|Cleo)Version \d+/)
    for (const window of [ada, bob]) {
      await expect.poll(() => window.page.locator('.about').textContent()).toBe(about)
    }
  })

  it('shows at the edge of a paragraph who writes there', async () => {
    const [ada, bob, cleo] = (await enterAll('edges')) as [
      DocumentWindow,
      DocumentWindow,
      DocumentWindow,
    ]
    await ada.place(1, 0)
    await ada.page.keyboard.type('First')
    await ada.page.keyboard.press('Enter')
    await ada.page.keyboard.type('Second')
    await bob.paragraph(2).waitFor()
    await bob.place(1, 0)
    await bob.writersOf(2).getByText('Ada').waitFor()
    await cleo.writersOf(1).getByText('Bob').waitFor()
    await cleo.writersOf(2).getByText('Ada').waitFor()
    await cleo.people.filter({ hasText: 'Bob' }).getByText('writing in paragraph 1').waitFor()
    const description = await cleo.paragraph(2).getAttribute('aria-describedby')
    expect(await cleo.page.locator(`#${description}`).textContent()).toContain(
      'Ada is writing here',
    )

    await bob.title.focus()
    await cleo.people.filter({ hasText: 'Bob' }).getByText('writing the title').waitFor()
    await cleo.writersOf(1).waitFor({ state: 'detached' })
    await bob.title.blur()
    await cleo.people.filter({ hasText: 'Bob' }).getByText('reading').waitFor()
  })

  it('lets the last one win who writes in the same paragraph, and keeps the caret', async () => {
    const ada = await stage.enter('Ada', 'same')
    const bob = await stage.enter('Bob', 'same')
    await ada.place(1, 0)
    await ada.page.keyboard.type('the end')
    await expect.poll(() => bob.texts()).toEqual(['the end'])
    await bob.place(1, 0)
    await bob.page.keyboard.type('This is ')
    await expect.poll(() => ada.texts()).toEqual(['This is the end'])
    expect(await ada.caret()).toEqual(['Paragraph 1', 'This is the end'.length])
    await ada.page.keyboard.type(', I hope')
    await expect.poll(() => bob.texts()).toEqual(['This is the end, I hope'])
    expect(await bob.caret()).toEqual(['Paragraph 1', 'This is '.length])
  })

  it('splits, joins and pastes paragraphs, and moves between them by the arrows', async () => {
    const ada = await stage.enter('Ada', 'keys')
    const bob = await stage.enter('Bob', 'keys')
    const { keyboard } = ada.page
    await ada.place(1, 0)
    await keyboard.type('headtail')
    await ada.place(1, 4)
    await keyboard.press('Enter')
    await agree([ada, bob], ['head', 'tail'])
    expect(await ada.caret()).toEqual(['Paragraph 2', 0])
    await keyboard.press('Backspace')
    await agree([ada, bob], ['headtail'])
    expect(await ada.caret()).toEqual(['Paragraph 1', 4])

    await ada.paste('one\r\ntwo\n\nthree')
    await agree([ada, bob], ['headone', 'two', 'threetail'])
    expect(await ada.caret()).toEqual(['Paragraph 3', 5])
    await keyboard.press('ArrowUp')
    expect(await ada.caret()).toEqual(['Paragraph 2', 3])
    await keyboard.press('Home')
    await keyboard.press('ArrowLeft')
    expect(await ada.caret()).toEqual(['Paragraph 1', 7])
    await keyboard.press('ArrowRight')
    expect(await ada.caret()).toEqual(['Paragraph 2', 0])
    await keyboard.press('ArrowDown')
    expect(await ada.caret()).toEqual(['Paragraph 3', 0])
    await ada.place(1, 0)
    await keyboard.press('ArrowUp')
    expect((await ada.caret())[0]).toBe('Title')

    await bob.place(2, 1)
    await ada.place(1, 4)
    await keyboard.press('Enter')
    await agree([ada, bob], ['head', 'one', 'two', 'threetail'])
    expect(await bob.caret()).toEqual(['Paragraph 3', 1])
  })

  it('leaves a wrapped paragraph only at its first and its last line', async () => {
    const ada = await stage.enter('Ada', 'lines')
    const { keyboard } = ada.page
    await ada.place(1, 0)
    await ada.paste(`above\n${'word '.repeat(60)}\nbelow`)
    await ada.place(2, 2)
    await keyboard.press('ArrowDown')
    const [label, at] = await ada.caret()
    expect([label, at]).toEqual(['Paragraph 2', expect.any(Number)])
    expect(at).toBeGreaterThan(20)
    await keyboard.press('ArrowUp')
    expect(await ada.caret()).toEqual(['Paragraph 2', 2])
    await keyboard.press('ArrowUp')
    expect((await ada.caret())[0]).toBe('Paragraph 1')
    await ada.place(2, 299)
    await keyboard.press('ArrowDown')
    expect((await ada.caret())[0]).toBe('Paragraph 3')
  })

  it('is there again after a reload, and was sent before it', async () => {
    const ada = await stage.enter('Ada', 'reload')
    await ada.title.fill('Kept')
    await ada.title.press('Enter')
    await ada.page.keyboard.type('Written just before')
    await ada.page.reload()
    await ada.saved()
    await expect.poll(() => ada.texts()).toEqual(['Written just before'])
    expect(await ada.title.inputValue()).toBe('Kept')
    expect(await ada.page.title()).toBe('Kept · Coterie')
    await ada.page.getByText('Last edited by Ada').waitFor()
    await expect.poll(() => ada.people.locator('.name').allTextContents()).toEqual(['Ada'])
  })

  it('sends what was written without a connection, and gets what was missed', async () => {
    const windows = await enterAll('offline')
    const [ada, bob] = windows as [DocumentWindow, DocumentWindow, DocumentWindow]
    await ada.place(1, 0)
    await ada.paste('mine\nyours\nours')
    await agree(windows, ['mine', 'yours', 'ours'])
    await ada.saved()

    await ada.goOffline()
    await ada.place(1, 4)
    await ada.page.keyboard.type(', offline')
    await ada.badge.getByText('Offline, 1 change waiting').waitFor()
    await ada.place(3, 4)
    await ada.page.keyboard.type('!')
    await ada.badge.getByText('Offline, 2 changes waiting').waitFor()
    await bob.place(2, 5)
    await bob.page.keyboard.type(', online')
    await bob.saved()
    expect(await ada.texts()).toEqual(['mine, offline', 'yours', 'ours!'])

    await ada.goOnline()
    await ada.saved()
    await agree(windows, ['mine, offline', 'yours, online', 'ours!'])
    expect(await ada.caret()).toEqual(['Paragraph 3', 5])
  })

  it('keeps what was written without a connection over a reload', async () => {
    const ada = await stage.enter('Ada', 'offline-reload')
    const bob = await stage.enter('Bob', 'offline-reload')
    await ada.place(1, 0)
    await ada.paste('one\ntwo')
    await agree([ada, bob], ['one', 'two'])
    await ada.saved()
    await ada.goOffline()
    await ada.place(1, 3)
    await ada.page.keyboard.press('Enter')
    await ada.page.keyboard.type('between')
    await ada.badge.getByText('2 changes waiting').waitFor()
    ada.mend()
    await ada.page.reload()
    await ada.saved()
    await agree([ada, bob], ['one', 'between', 'two'])
  })

  it('goes on beside a paragraph that somebody else takes away', async () => {
    const ada = await stage.enter('Ada', 'gone')
    const bob = await stage.enter('Bob', 'gone')
    await ada.place(1, 0)
    await ada.paste('one\ntwo')
    await agree([ada, bob], ['one', 'two'])
    await bob.place(2, 1)
    await ada.place(2, 0)
    await ada.page.keyboard.press('Backspace')
    await agree([ada, bob], ['onetwo'])
    expect((await bob.caret())[0]).toBe('Paragraph 1')
  })

  it('says in words what the server does not take, and takes it back', async () => {
    const ada = await stage.enter('Ada', 'large')
    await ada.place(1, 0)
    await ada.page.keyboard.type('small')
    await ada.saved()
    await ada.paste(`${'x'.repeat(2_000_000)}\nend`)
    await ada.page.getByText('That is too much for one document').waitFor()
    await expect.poll(() => ada.texts()).toEqual(['small'])
    await ada.page.getByRole('button', { name: 'Dismiss' }).click()
    await ada.page.locator('#banner').waitFor({ state: 'hidden' })
  })

  it('shows markup as the text that it is', async () => {
    const eve = await stage.enter('<b id="bold">Eve</b>', 'markup')
    const ada = await stage.enter('Ada', 'markup')
    await eve.place(1, 0)
    await eve.page.keyboard.type('<img src=x onerror=alert(1)>')
    await expect.poll(() => ada.texts()).toEqual(['<img src=x onerror=alert(1)>'])
    await ada.writersOf(1).getByText('<b id="bold">Eve</b>').waitFor()
    expect(await ada.page.locator('#bold, .sheet img').count()).toBe(0)
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
    await bob.title.fill('A picnic on Saturday')
    await bob.title.press('Enter')
    await bob.paste(PICNIC)
    const dark = await stage.enter('Cleo', 'views', { viewport: DESKTOP, colorScheme: 'dark' })
    await dark.place(4, 3)
    const ada = await stage.open('views', { viewport: PHONE, hasTouch: true, isMobile: true })
    expect(await ada.window.overflow()).toEqual([])
    await ada.window.picture('document-phone-entry')
    await ada.enter('Ada')
    await ada.place(2, 10)
    await bob.place(3, 5)
    await ada.writersOf(3).getByText('Hubert').waitFor()
    await bob.writersOf(2).getByText('Ada').waitFor()
    await bob.writersOf(4).getByText('Cleo').waitFor()
    await dark.writersOf(2).getByText('Ada').waitFor()
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

const PICNIC = `We meet at ten by the fountain, and walk to the meadow from there. It takes about half an hour, a little longer with the hamper.
Ada brings the blankets and the big thermos. Bob has promised lemonade, and this time with sugar.
Cleo knows a place in the shade, behind the second bridge, where the river is shallow enough to cool the bottles in it.
If it rains, we meet at Ada’s instead and eat everything on the floor.`
