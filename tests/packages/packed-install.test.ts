import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConsumerProject, PUBLISHED, packageFolder } from './consumer-project.ts'

const SECRET = 'a secret of at least thirty-two bytes'

const program = `
import { createClient } from '@coterie/client'
import { createHub, type Hub } from '@coterie/server'

const hub: Hub = createHub({
  anonymous: true,
  channels: { lobby: { subscribe: 'public', history: true } },
})
const url = await hub.listen({ port: 0 })
const client = createClient({ url })
client.connect()
const lobby = client.channel('lobby')
const heard = new Promise<unknown>((resolve) => lobby.on('greeting', ({ payload }) => resolve(payload)))
await lobby.subscribe()
const { position } = await lobby.publish('greeting', { text: 'hello' })
console.log(JSON.stringify({ heard: await heard, hasPosition: position !== undefined }))
client.disconnect()
await hub.close()
`

const wrongProgram = `
import { createHub } from '@coterie/server'
createHub({ channels: { lobby: { subscribe: 'everybody' } } })
`

const programWithOwnParts = `
import { createHub, createMemoryEngine, createSqliteStore } from '@coterie/server'
import type { Engine } from '@coterie/server/engine'
import { DeliveryError, type NotificationSender } from '@coterie/server/sender'
import type { NotificationRequest } from '@coterie/server/services'
import type { Store } from '@coterie/server/store'

const inner = createMemoryEngine()
let appended = 0
const engine: Engine = new Proxy(inner, {
  get: (_, name) => {
    if (name === 'append') appended += 1
    const member: unknown = Reflect.get(inner, name)
    return typeof member === 'function' ? member.bind(inner) : member
  },
})
const store: Store = createSqliteStore({ path: ':memory:' })
const sender: NotificationSender = {
  route: 'webhook',
  send: async () => {
    throw new DeliveryError('nobody is there', { isPermanent: true })
  },
  targetProblem: () => undefined,
}
const hub = createHub({ engine, store, senders: [sender], anonymous: true, undeclared: 'allow' })
await hub.publish('lobby', 'greeting', 'hello')
const request: NotificationRequest = { title: 'New', message: 'Hello', recipients: ['ada'] }
const created = await hub.notifications.create(request)
console.log(JSON.stringify({ isAppended: appended > 0, isCreated: created.ok }))
await hub.close()
`

let project: ConsumerProject

beforeAll(() => {
  project = new ConsumerProject()
  project.write('program.ts', program)
  project.write('wrong.ts', wrongProgram)
  project.write('own-parts.ts', programWithOwnParts)
})

afterAll(() => project.remove())

it('brings types that a strict program can be checked with', () => {
  expect(project.typeCheck('program.ts')).toBe('')
  expect(project.typeCheck('wrong.ts')).toContain('"everybody"')
})

it('serves and connects from its built files', () => {
  const output = project.run('program.ts')
  expect(JSON.parse(output)).toEqual({ heard: { text: 'hello' }, hasPosition: true })
})

it('has the interfaces of parts that can be replaced in subpaths', () => {
  expect(project.typeCheck('own-parts.ts')).toBe('')
  const output = project.run('own-parts.ts')
  expect(JSON.parse(output.trim().split('\n').at(-1) ?? '')).toEqual({
    isAppended: true,
    isCreated: true,
  })
})

it('brings the command', () => {
  expect(project.runCommand('--version')).toBe('0.1.0\n')
})

describe('the program on the page of', () => {
  it.each(PUBLISHED)('%s is correct as it stands', (name) => {
    project.write(`page-of-${name}.ts`, programOf(name))
    expect(project.typeCheck(`page-of-${name}.ts`)).toBe('')
  })

  it('protocol says what is wrong with a frame', () => {
    const output = project.run('page-of-protocol.ts')
    expect(output).toMatch(/^user:=YXV0aDB8NWY3Yw\nbad_frame event: /)
  })

  it('testing lets a minute pass at once', () => {
    expect(Number(project.run('page-of-testing.ts'))).toBeGreaterThan(0)
  })

  it('server serves what it says', () => {
    project.write('serving.ts', `${programOf('server')}\nawait hub.close()`)
    const output = project.run('serving.ts', { PORT: '0', JWT_SECRET: SECRET })
    expect(output).toMatch(/^http:\/\/127\.0\.0\.1:\d+\n$/)
  })

  it('client talks to the server of the command', async () => {
    const server = project.startCommand('dev', '--port', '0', '--data-dir', 'of-the-command')
    const ended = once(server, 'exit')
    try {
      const [ready] = (await once(server.stdout as Readable, 'data')) as [Buffer]
      project.write('talking.ts', `${programOf('client')}\nclient.disconnect()`)
      const COTERIE_URL = String(ready).trim().replace('ready ', '')
      const output = project.run('talking.ts', { COTERIE_URL })
      expect(output).toMatch(/^anon-\S+ \{ text: 'Hello' \}\n$/)
    } finally {
      server.kill('SIGTERM')
      await ended
    }
    expect(await ended).toEqual([0, null])
  })

  it('cli is a configuration that the command takes', () => {
    project.write('coterie.config.ts', programOf('cli'))
    project.write('secret.json', JSON.stringify({ jwtSecret: SECRET }))
    expect(project.runCommand('token', 'ada', '--config', 'secret.json').split('.')).toHaveLength(3)
    // The file is read, and what is missing is a secret, not a key that it does not know.
    expect(() => project.runCommand('token', 'ada')).toThrow('no secret to sign with')
  })
})

/** The first TypeScript block of a package's page. */
function programOf(name: (typeof PUBLISHED)[number]): string {
  const page = readFileSync(join(packageFolder(name), 'README.md'), 'utf8')
  const block = /```ts\n(.*?)```/s.exec(page)?.[1]
  if (block === undefined) throw new Error(`the page of ${name} has no program`)
  return block
}
