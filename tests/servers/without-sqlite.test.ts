import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** Runs a module in a Node that has no SQLite, as older ones; returns what it printed. */
async function runWithout(script: string): Promise<unknown> {
  const { stdout } = await run(
    process.execPath,
    [
      '--no-experimental-sqlite',
      '--conditions=coterie-source',
      '--input-type=module',
      '-e',
      script,
    ],
    { cwd: root, timeout: 60_000 },
  )
  return JSON.parse(stdout)
}

it('keeps channels, state and rooms in memory where Node has no SQLite, and says what it cannot keep', async () => {
  const answers = await runWithout(`
    import { createHub, silentLogger } from '@coterie/server'
    // What Node 20 lacks as well.
    delete Promise.withResolvers
    delete URL.parse
    const hub = createHub({
      engine: 'memory',
      anonymous: true,
      apiKeys: ['a key of the server'],
      logger: silentLogger,
      channels: { 'room:*': { subscribe: 'public', history: true, state: true, presence: true } },
    })
    const url = await hub.listen({ port: 0 })
    const socket = new WebSocket(url.replace('http', 'ws') + '/api/realtime/ws')
    const frames = []
    const next = (type) => new Promise((resolve) => {
      const look = ({ data }) => {
        const frame = JSON.parse(data)
        if (frame.type === type) resolve(frame)
      }
      socket.addEventListener('message', look)
    })
    await next('connection')
    socket.send(JSON.stringify({ type: 'subscribe', id: '1', channel: 'room:1', presence: true }))
    await next('reply')
    const heard = next('event')
    const published = await hub.publish('room:1', 'note', { a: 1 })
    const event = await heard
    const changed = await hub.state.change('room:1', { set: { a: 1 } })
    const headers = { authorization: 'Bearer a key of the server', 'content-type': 'application/json' }
    const get = async (path) => {
      const response = await fetch(url + '/api/realtime/' + path, { headers })
      return [response.status, await response.json()]
    }
    const notified = await hub.notifications.create({ title: 't', message: 'm', recipients: ['ada'] })
    const health = await hub.health()
    const lists = [
      await get('notifications?user_id=ada'),
      await get('notifications/unread-count/ada'),
      await get('subscriptions?user_id=ada'),
      await get('notification-preferences/ada'),
    ]
    socket.close()
    await hub.close()
    console.log(JSON.stringify({
      published: published.ok,
      payload: event.payload,
      changed: changed.ok,
      notified: notified.ok ? 'kept' : notified.error.code + ': ' + notified.error.message,
      health: health.status,
      lists: lists.map(([status, body]) => [status, Array.isArray(body) ? body.length : body]),
    }))
  `)
  expect(answers).toEqual({
    published: true,
    payload: { a: 1 },
    changed: true,
    notified: expect.stringMatching(/^unavailable: this cannot be kept: SQLite needs Node 22\.18/),
    health: 'ready',
    lists: [
      [200, 0],
      [200, 0],
      [200, 0],
      [200, expect.any(Object)],
    ],
  })
})

it('says in one sentence which Node it needs for what is kept in a file', async () => {
  const messages = (await runWithout(`
    import { createHub, createSqliteEngine, createSqliteStore } from '@coterie/server'
    import { createEngine } from '@coterie/server/command'
    const made = [
      () => createHub({ dataDir: '.never-made' }),
      () => createHub({ engine: 'sqlite:never-made.sqlite' }),
      () => createHub({ engine: 'memory', store: 'sqlite:never-made.sqlite' }),
      () => createSqliteEngine({ path: 'never-made.sqlite' }),
      () => createSqliteStore({ path: 'never-made.sqlite' }),
      () => createEngine({ kind: 'sqlite', path: 'never-made.sqlite', durability: 'normal' }),
    ]
    console.log(JSON.stringify(made.map((make) => {
      try {
        make()
        return 'made'
      } catch ({ name, message }) {
        return name + ': ' + message
      }
    })))
  `)) as string[]
  for (const message of messages) {
    expect(message).toMatch(/^RealtimeError: SQLite needs Node 22\.18 or newer, and this is v\d+/)
  }
})

it('ends the command with one line where its files cannot be kept', async () => {
  const main = 'packages/cli/src/main.ts'
  const failed = await run(
    process.execPath,
    ['--no-experimental-sqlite', '--conditions=coterie-source', main, 'start'],
    { cwd: root, env: { PATH: process.env.PATH, COTERIE_DATA_DIR: '/tmp/never-made', PORT: '0' } },
  ).catch((error: { code: number; stderr: string }) => error)
  expect(failed).toMatchObject({ code: 1 })
  expect(failed.stderr).toMatch(/SQLite needs Node 22\.18 or newer/)
  expect(failed.stderr).not.toMatch(/\n\s+at /)
})
