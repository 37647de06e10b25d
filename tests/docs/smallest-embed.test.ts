import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@coterie/client'
import { SignJWT } from 'jose'
import { expect, it, onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const secret = 'a secret for servers under test, long enough'

/** Returns the first block of TypeScript below a heading. */
function blockOf(page: string, heading: string): string {
  const text = readFileSync(join(root, page), 'utf8')
  const [, block] = /```ts\n(.*?)```/s.exec(text.slice(text.indexOf(heading))) ?? []
  if (block === undefined) throw new Error(`${page} has no block below ${heading}`)
  return block
}

/** Runs a program in a folder until it has printed its address. */
async function run(folder: string) {
  const child = spawn(process.execPath, ['--conditions=coterie-source', 'server.ts'], {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: '0', JWT_SECRET: secret },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (data) => {
    errors += data
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [address] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  return {
    url: String(address).trim(),
    end: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
      return errors
    },
  }
}

async function enter(url: string) {
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('ada')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret))
  const client = createClient({ url, token: () => token })
  onTestFinished(() => client.disconnect())
  client.connect()
  const room = client.channel('room:lobby', { recent: 50 })
  const { promise: heard, resolve } = Promise.withResolvers<unknown>()
  room.on('message', ({ payload }) => resolve(payload))
  await room.subscribe()
  return { room, heard, leave: () => client.disconnect() }
}

it.each([
  ['README.md', '## The smallest embed'],
  ['docs/getting-started.md', '## Where it is kept'],
])('keeps what it was told when the smallest embed of %s runs twice', async (page, heading) => {
  const folder = mkdtempSync(join(tmpdir(), 'coterie-embed-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'server.ts'), blockOf(page, heading))

  const first = await run(folder)
  const before = await enter(first.url)
  await before.room.publish('message', { text: 'Hello' })
  before.leave()
  expect(await first.end()).toBe('')

  const second = await run(folder)
  const { heard, leave } = await enter(second.url)
  expect(await heard).toEqual({ text: 'Hello' })
  leave()
  expect(await second.end()).toBe('')
})
