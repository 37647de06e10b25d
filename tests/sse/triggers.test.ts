import { type JsonValue, RealtimeError } from '@coterie/protocol'
import { createHub } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'

async function open() {
  const hub = createHub({ authenticator: nameAuthenticator, channels: { 'room:*': {} } })
  onTestFinished(() => hub.close())
  const stream = (user: string): Promise<Response> =>
    hub.fetch(
      new Request('http://hub/api/realtime/events?channels=room:1', {
        headers: { authorization: `Bearer ${user}` },
      }),
    )
  return { hub, stream }
}

it('runs triggers for what comes up beside a stream', async () => {
  const { hub, stream } = await open()
  const ran: [string, string, JsonValue?][] = []
  hub.trigger('connect', ({ auth, event }) => void ran.push([event, auth.userId]))
  hub.trigger('room:*', 'join', ({ auth, event }) => void ran.push([event, auth.userId]))
  hub.trigger('room:*', 'say', ({ auth, event, input }) => {
    ran.push([event, auth.userId, input])
    return 'heard'
  })
  const response = await stream('ada')
  const reader = response.body?.getReader()
  onTestFinished(() => reader?.cancel())
  let text = ''
  while (!text.includes('"session"')) {
    const { value } = (await reader?.read()) ?? {}
    text += new TextDecoder().decode(value)
  }
  const session = /"session":"([^"]+)"/.exec(text)?.[1]
  const answered = await hub.fetch(
    new Request('http://hub/api/realtime/frames', {
      method: 'POST',
      headers: { authorization: `Session ${session}`, 'content-type': 'application/json' },
      body: JSON.stringify([
        { type: 'publish', id: 'p', channel: 'room:1', event: 'say', payload: 'hi' },
      ]),
    }),
  )
  expect(await answered.json()).toMatchObject([{ id: 'p', payload: { result: 'heard' } }])
  expect(ran).toEqual([
    ['connect', 'ada'],
    ['join', 'ada'],
    ['say', 'ada', 'hi'],
  ])
})

it.each(['connect', 'join'] as const)('refuses a stream that %s refuses', async (event) => {
  const { hub, stream } = await open()
  const refuse = async (): Promise<void> => {
    throw new RealtimeError('forbidden', 'not today')
  }
  if (event === 'connect') hub.trigger(event, refuse)
  else hub.trigger('room:*', event, refuse)
  const response = await stream('ada')
  expect(response.status).toBe(403)
})
