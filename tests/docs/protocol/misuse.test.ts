import { readFileSync } from 'node:fs'
import { ERRORS } from '@coterie/protocol'
import { createHub, type Hub } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HUB_OF_THE_PAGE } from './hub-of-the-page.ts'
import { amount, type Player, writeMessage } from './player.ts'
import { openSimulated } from './simulated-player.ts'
import { openSocket } from './socket-player.ts'

const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8')
const section = /\n## Misuse\n(.*?)\n## /s.exec(page)?.[1] ?? ''
const [strangers = '', users = ''] = section.split('\n### After authentication\n')

/** One mistake of a client, and how it is answered. */
interface Misuse {
  readonly name: string
  /** What is sent, or happens, one after the other. */
  readonly steps: readonly string[]
  readonly answer: string
}

function rowsOf(text: string): [string, Misuse][] {
  const rows = [...text.matchAll(/^\| (.*) \| (.*) \| (.*) \|$/gm)].slice(1)
  return rows.map(([, name = '', steps = '', answer = '']) => [
    name,
    { name, steps: steps.split('<br>'), answer },
  ])
}

/** Everything that is sent in one step: a message, or many. */
function messagesOf(step: string): (string | Uint8Array<ArrayBuffer>)[] {
  const [, shown = '', count = '1'] = /^`(.*)`(?: × ([\d,]+))?$/.exec(step) ?? []
  if (shown === '') throw new Error(`no message, and nothing that happens: ${step}`)
  if (shown === '<binary>') return [new Uint8Array([1, 2, 3])]
  return Array.from({ length: amount(count) }, (_, index) => writeMessage(shown, index + 1))
}

function idOf(message: unknown): string | undefined {
  try {
    const { id } = JSON.parse(String(message)) as { id?: unknown }
    return typeof id === 'string' && id.length <= 64 ? id : undefined
  } catch {
    return undefined
  }
}

let hub: Hub
let url: string

beforeAll(async () => {
  hub = createHub({ ...HUB_OF_THE_PAGE, authenticator: nameAuthenticator })
  url = `${(await hub.listen({ port: 0 })).replace('http', 'ws')}/api/realtime/ws`
})

afterAll(() => hub.close())

async function play({ steps, answer }: Misuse, token?: string): Promise<void> {
  const isSimulated = steps.some((step) => /^… | × /.test(step))
  const player = isSimulated ? await openSimulated() : await openSocket(url)
  if (token) {
    player.send(JSON.stringify({ type: 'auth', id: 'auth', token }))
    await player.until(() => player.frames.some(({ id }) => id === 'auth'))
  }
  let id: string | undefined
  for (const step of steps) {
    if (step.startsWith('… ')) {
      await player.happen(step.slice(2))
      continue
    }
    const messages = messagesOf(step)
    for (const message of messages) player.send(message)
    id = idOf(messages.at(-1))
  }
  await expectAnswer(player, answer, id)
  await player.end()
}

async function expectAnswer(player: Player, answer: string, id: string | undefined): Promise<void> {
  const [, closeCode] = /^closed with (\d{4})$/.exec(answer) ?? []
  if (closeCode !== undefined) {
    await player.until(() => player.closed !== undefined)
    expect(player.closed?.code).toBe(Number(closeCode))
    return
  }
  const [, code = ''] = /^`(\w+)`$/.exec(answer) ?? []
  expect(Object.keys(ERRORS)).toContain(code)
  const isAnswer = (frame: Player['frames'][number]): boolean =>
    (frame.type === 'error' || frame.type === 'reply' || frame.type === 'pong') && frame.id === id
  await player.until(() => player.frames.some(isAnswer) || player.closed !== undefined)
  expect(player.frames.filter(isAnswer)).toMatchObject([{ type: 'error', code }])
  expect(player.closed).toBeUndefined()
}

describe('before authentication', () => {
  it.each(rowsOf(strangers))('%s', (_, misuse) => play(misuse))
})

describe('after authentication', () => {
  it.each(rowsOf(users))('%s', (_, misuse) => play(misuse, 'ada'))
})

it('has a row for each error code that a client can cause', () => {
  const answers = [...rowsOf(strangers), ...rowsOf(users)].map(([, { answer }]) => answer)
  // These say that the server, or the application, is in trouble.
  const others = new Set(['timeout', 'unavailable', 'internal'])
  for (const code of Object.keys(ERRORS)) {
    if (!others.has(code)) expect(answers, code).toContain(`\`${code}\``)
  }
})
