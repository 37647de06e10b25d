import assert from 'node:assert'
import { readFileSync } from 'node:fs'
import { CLIENT_FRAMES, REPLIES, SERVER_FRAMES, type ServerFrameType } from '@coterie/protocol'
import { createHub, type Hub } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { z } from 'zod'
import { HUB_OF_THE_PAGE } from './hub-of-the-page.ts'
import { type Frame, type Player, writeMessage } from './player.ts'
import { openSimulated } from './simulated-player.ts'
import { openSocket } from './socket-player.ts'
import { openStream } from './stream-player.ts'

const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8')

interface Exchange {
  readonly user: string | undefined
  readonly lines: readonly string[]
}

const exchanges = [...page.matchAll(/```exchange(?: as (\w+))?\n(.*?)```/gs)].map(
  ([, user, text = '']): Exchange => ({ user, lines: text.trim().split('\n') }),
)
const lines = exchanges.flatMap((exchange) => exchange.lines)

let hub: Hub
let address: string
let channels = 0

beforeAll(async () => {
  hub = createHub({ ...HUB_OF_THE_PAGE, authenticator: nameAuthenticator })
  await hub.notifications.create({
    title: 'New message',
    message: 'You have a new message from Jane',
    recipients: ['ines'],
    type: 'message',
    senderId: 'jane',
    actions: [{ label: 'View', action: 'view', data: { id: '7' } }],
  })
  address = await hub.listen({ port: 0 })
})

afterAll(() => hub.close())

it.each(Object.keys(CLIENT_FRAMES))('shows an exchange in which the client sends %s', (type) => {
  expect(lines.filter((line) => line.startsWith(`→ {"type":"${type}"`))).not.toEqual([])
})

it.each(Object.keys(SERVER_FRAMES))('shows an exchange in which the server sends %s', (type) => {
  expect(lines.filter((line) => line.startsWith(`← {"type":"${type}"`))).not.toEqual([])
})

it.each(exchanges.map((exchange) => [exchange.lines[0], exchange] as const))(
  'the exchange that begins with %s',
  async (_, exchange) => {
    const prepared = prepare(exchange.lines)
    const player = await open(prepared, exchange.user)
    const asked = new Map<string, keyof typeof REPLIES>()
    for (const line of prepared) {
      const text = line.slice(2)
      if (line.startsWith('→ {')) {
        const { id, type } = JSON.parse(text) as { id: string; type: keyof typeof REPLIES }
        asked.set(id, type)
        player.send(text)
      } else if (line.startsWith('… ')) {
        await player.happen(text)
      } else if (line.startsWith('← ')) {
        const expected = JSON.parse(text) as object
        await player.until(() => player.frames.some((frame) => holds(frame, expected)))
      }
    }
    await player.end()
    for (const frame of player.frames) expectSchema(frame, asked)
  },
)

async function open(
  [first = '', ...others]: readonly string[],
  user: string | undefined,
): Promise<Player> {
  if (first.startsWith('→ GET ')) return openStream(address + first.slice(6), user ?? '')
  const isSimulated = [first, ...others].some((line) => line.startsWith('… '))
  const url = `${address.replace('http', 'ws')}/api/realtime/ws`
  const player = isSimulated ? await openSimulated() : await openSocket(url)
  if (user) player.send(JSON.stringify({ type: 'auth', token: user }))
  return player
}

// Exchanges share one server, so each has its rooms to itself.
function prepare(shown: readonly string[]): string[] {
  channels += 1
  return shown.map((line) =>
    writeMessage(line)
      .replaceAll(/room:(\d)/g, `room:$1-${channels}`)
      .replaceAll(/ room (\d)$/g, ` room $1-${channels}`)
      .replace('"room_id":"1"', `"room_id":"1-${channels}"`),
  )
}

/** Everything that came is as the schemas of the protocol say. */
function expectSchema(frame: Frame, asked: ReadonlyMap<string, keyof typeof REPLIES>): void {
  const schema: z.ZodType = SERVER_FRAMES[frame.type as ServerFrameType]
  expect(schema.safeParse(frame).error).toBeUndefined()
  const type = frame.type === 'reply' ? asked.get(frame.id as string) : undefined
  const reply: z.ZodType | undefined = type && REPLIES[type]
  if (reply) expect(reply.safeParse(frame.payload).error).toBeUndefined()
}

function holds(actual: object, expected: object): boolean {
  try {
    assert.partialDeepStrictEqual(actual, expected)
    return true
  } catch {
    return false
  }
}
