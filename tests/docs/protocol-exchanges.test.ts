import assert from 'node:assert'
import { readFileSync } from 'node:fs'
import { createHub, type Hub } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')
const FRAME_TIMEOUT_MS = 5_000

interface Exchange {
  readonly user: string | undefined
  readonly lines: readonly string[]
}

const exchanges = [...page.matchAll(/```exchange(?: as (\w+))?\n(.*?)```/gs)].map(
  ([, user, text = '']): Exchange => ({ user, lines: text.trim().split('\n') }),
)

let hub: Hub
let url: string
let channels = 0

beforeAll(async () => {
  hub = createHub({
    authenticator: nameAuthenticator,
    channels: {
      'room:*': { history: true, presence: true },
      'board:*': { state: true },
      'document:*': { history: true, state: { persist: true } },
    },
  })
  await hub.notifications.create({
    title: 'New message',
    message: 'You have a new message from Jane',
    recipients: ['ines'],
    type: 'message',
    senderId: 'jane',
    actions: [{ label: 'View', action: 'view', data: { id: '7' } }],
  })
  url = `${(await hub.listen({ port: 0 })).replace('http', 'ws')}/api/realtime/ws`
})

afterAll(() => hub.close())

it('shows an exchange for each kind of frame', () => {
  expect(exchanges.length).toBeGreaterThanOrEqual(7)
  for (const type of [
    'auth',
    'ping',
    'subscribe',
    'publish',
    'presence',
    'state',
    'snapshot_read',
    'snapshot_write',
    'snapshot_commit',
    'typing',
    'read',
    'message',
    'ack',
  ]) {
    expect(page).toContain(`→ {"type":"${type}"`)
  }
})

it.each(exchanges.map((exchange) => [exchange.lines[0], exchange] as const))(
  'the exchange that begins with %s',
  async (_, { user, lines }) => {
    const socket = new WebSocket(url)
    const frames: object[] = []
    let wake = (): void => {}
    socket.onmessage = ({ data }) => {
      frames.push(JSON.parse(String(data)) as object)
      wake()
    }
    await new Promise((resolve) => {
      socket.onopen = resolve
    })
    if (user) socket.send(JSON.stringify({ type: 'auth', token: user }))
    // Exchanges share one server, so each has its rooms to itself.
    channels += 1
    const prepared = lines.map((line) =>
      line
        .replaceAll(/room:(\d)/g, `room:$1-${channels}`)
        .replace('"room_id":"1"', `"room_id":"1-${channels}"`)
        .replace(/<token of (\w+)>/, '$1'),
    )
    for (const line of prepared) {
      if (line.startsWith('→ ')) socket.send(line.slice(2))
      else await arrival(JSON.parse(line.slice(2)) as object)
    }
    socket.close()

    async function arrival(expected: object): Promise<void> {
      const deadline = AbortSignal.timeout(FRAME_TIMEOUT_MS)
      while (!frames.some((frame) => holds(frame, expected))) {
        if (deadline.aborted) {
          throw new Error(`no ${JSON.stringify(expected)} among ${JSON.stringify(frames)}`)
        }
        await new Promise<void>((resolve) => {
          wake = resolve
          deadline.addEventListener('abort', () => resolve(), { once: true })
        })
      }
    }
  },
)

function holds(actual: object, expected: object): boolean {
  try {
    assert.partialDeepStrictEqual(actual, expected)
    return true
  } catch {
    return false
  }
}
