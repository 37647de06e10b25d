import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { WebSocketRoute } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { setChatStage } from './chat-stage.ts'

const SOCKET = '**/api/realtime/ws'
const REFUSED = 4503

describe('a chat window in trouble', () => {
  const stage = setChatStage()

  it('loses nothing and doubles nothing when the server is stopped, and when it is killed', async () => {
    const ada = await stage.enter('Ada', 'restarts')
    const bob = await stage.enter('Bob', 'restarts', { colorScheme: 'dark' })
    const both = [ada, bob]
    await ada.say('before the stop')
    await bob.say('also before the stop')

    expect(await stage.chat.stop('SIGTERM')).toMatchObject({ code: 0 })
    await Promise.all(both.map((window) => window.cutOff()))
    await ada.write('written while the server was stopped')
    await ada.message('written while the server was stopped', 'sending').waitFor()
    await ada.page.getByText('Sending…').waitFor()
    await ada.picture('chat-desktop-reconnecting')
    await stage.chat.start()
    await Promise.all(both.map((window) => window.connected()))
    await Promise.all(both.map((window) => window.hears('written while the server was stopped')))

    // Killed with messages under way: some have arrived, of some only the answer is missing.
    for (let at = 1; at <= 5; at += 1) await bob.write(`in a hurry ${at}`)
    await stage.chat.stop('SIGKILL')
    await Promise.all(both.map((window) => window.cutOff()))
    await ada.write('written while the server was dead')
    await bob.write('me too')
    await stage.chat.start()
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
    await expect.poll(() => ada.names()).toEqual(['Ada', 'Bob'])
    await bob.picture('chat-desktop-dark')
  })

  it('shows what the server refuses, and sends or discards it as the writer likes', async () => {
    let isRefusing = true
    const ada = await stage.enter('Ada', 'refusals', {
      prepare: (page) =>
        page.routeWebSocket(SOCKET, (socket) => {
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
    const ada = await stage.enter('Ada', 'reloads', {
      prepare: async (page) => {
        let opened = 0
        await page.routeWebSocket(SOCKET, (socket) => {
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
    const bob = await stage.enter('Bob', 'reloads')
    await bob.say('hello')
    await ada.write('swallowed')
    await ada.message('swallowed', 'sending').waitFor()
    await ada.page.reload()
    await ada.connected()
    await ada.hears('swallowed')
    await bob.hears('swallowed')
    expect(await ada.texts()).toEqual(['hello', 'swallowed'])
    expect(await ada.page.locator('.is-own .text').allTextContents()).toEqual(['swallowed'])
    await expect.poll(() => bob.names()).toEqual(['Bob', 'Ada'])
  })

  it('says why the server turned it away, and comes back when asked', async () => {
    let opened: WebSocketRoute | undefined
    const ada = await stage.enter('Ada', 'refused', {
      prepare: (page) =>
        page.routeWebSocket(SOCKET, (socket) => {
          socket.connectToServer()
          opened = socket
        }),
    })
    await ada.say('hello')
    await opened?.close({ code: REFUSED, reason: 'take a break' })
    await ada.page.getByText('take a break').waitFor()
    expect(await ada.badge.textContent()).toBe('Refused')
    await ada.write('let me in')
    await ada.message('let me in', 'failed').getByRole('button', { name: 'Retry' }).click()
    await ada.hears('let me in')
    await ada.connected()
    expect(await ada.texts()).toEqual(['hello', 'let me in'])
  })

  it('stays the same person when the token has ended', async () => {
    const ada = await stage.enter('Ada', 'expiry')
    await ada.say('before')
    await ada.page.evaluate(() => {
      const session = JSON.parse(sessionStorage.getItem('session') ?? '')
      sessionStorage.setItem('session', JSON.stringify({ ...session, expiresAtMs: 0 }))
    })
    const renewed = ada.page.waitForResponse('**/session')
    await ada.page.reload()
    await renewed
    await ada.connected()
    await ada.say('after')
    expect(await ada.page.locator('.is-own .text').allTextContents()).toEqual(['before', 'after'])
    await expect.poll(() => ada.names()).toEqual(['Ada'])
  })

  it('starts again under the same name when the server has lost all data', async () => {
    const ada = await stage.enter('Ada', 'amnesia')
    const bob = await stage.enter('Bob', 'amnesia')
    await ada.say('soon forgotten')
    await bob.hears('soon forgotten')
    await stage.chat.stop('SIGTERM')
    const { dataDir } = stage.chat
    for (const name of ['chat-secret', 'chat.sqlite', 'chat.sqlite-wal', 'chat.sqlite-mark']) {
      rmSync(join(dataDir, name), { force: true })
    }
    await Promise.all([ada.cutOff(), bob.cutOff()])
    await ada.write('carried over')
    await stage.chat.start()
    await Promise.all([ada.hears('carried over'), bob.hears('carried over')])
    await bob.say('a new page')
    await ada.hears('a new page')
    expect(await ada.texts()).toEqual(['carried over', 'a new page'])
    expect(await bob.texts()).toEqual(['carried over', 'a new page'])
    expect(await ada.page.locator('.is-own .text').allTextContents()).toEqual(['carried over'])
    await expect.poll(() => ada.names()).toEqual(['Ada', 'Bob'])
  })
})
