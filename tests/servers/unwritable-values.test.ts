import { createHub, type Hub, silentLogger } from '@coterie/server'
import { expect, it, onTestFinished } from 'vitest'

interface Circle {
  self?: Circle
}

function makeCircle(): Circle {
  const circle: Circle = {}
  circle.self = circle
  return circle
}

const UNWRITABLE: Readonly<Record<string, () => unknown>> = {
  'what contains itself': makeCircle,
  'a big integer': () => ({ n: 5n }),
  NaN: () => ({ n: Number.NaN }),
  'a map': () => ({ map: new Map([[1, 2]]) }),
}

/** What takes values of the application and promises a Result. */
const PROMISING: Readonly<Record<string, (hub: Hub, value: never) => Promise<unknown>>> = {
  publish: (hub, value) => hub.publish('room:1', 'e', value),
  'publish to a pattern': (hub, value) => hub.publish('room:*', 'e', value),
  realtimeEvent: (hub, value) => hub.realtimeEvent({ channel: 'room:1', event: 'e', data: value }),
  'state.change': (hub, value) => hub.state.change('room:1', { set: { a: value } }),
  'metadata of a notification': (hub, value) =>
    hub.notifications.create({ title: 't', message: 'm', recipients: ['ada'], metadata: value }),
  'metadata of a subscription': (hub, value) =>
    hub.subscriptions.createTopicSubscription({ userId: 'ada', topic: 'room:1', metadata: value }),
  'payload of a resource event': (hub, value) =>
    hub.subscriptions.emit({ resourceType: 'a', resourceId: 'b', action: 'c', payload: value }),
  'metadata of a room': (hub, value) => hub.rooms.create('board', { metadata: value }),
  broadcastMessage: async (hub, value) => hub.webSockets.broadcastMessage('m', value),
}

/** What takes them and answers at once. */
const IMMEDIATE: Readonly<Record<string, (hub: Hub, value: never) => unknown>> = {
  publishJson: (hub, value) => hub.publishJson('made', value),
  'channels.publishJson': (hub, value) => hub.channels.publishJson('made', value),
  'broadcast.sendJson': (hub, value) => hub.broadcast.sendJson('made', value),
  'presence.track': (hub, value) => hub.presence.track('made', 'ada', value),
  join: (hub, value) => hub.join('made', 'ada', value),
}

function makeHub(): Hub {
  const channels = { 'room:*': { history: true, state: true } }
  const hub = createHub({ engine: 'memory', logger: silentLogger, channels })
  onTestFinished(() => hub.close())
  hub.createChannel('made', { broadcast: {} })
  return hub
}

const values = Object.entries(UNWRITABLE)

it.each(Object.entries(PROMISING))(
  '%s refuses what cannot be written, and rejects nothing',
  async (_, run) => {
    const hub = makeHub()
    for (const [name, make] of values) {
      const result = await run(hub, make() as never)
      expect([name, result]).toMatchObject([
        name,
        { ok: false, error: { code: 'invalid_payload' } },
      ])
    }
  },
)

it.each(Object.entries(IMMEDIATE))(
  '%s throws what cannot be written as invalid_payload',
  (_, run) => {
    const hub = makeHub()
    for (const [name, make] of values) {
      let failure: unknown
      try {
        run(hub, make() as never)
      } catch (error) {
        failure = error
      }
      expect([name, failure]).toMatchObject([name, { code: 'invalid_payload' }])
    }
  },
)

it('says what both forms of publish expect where one was meant for the other', () => {
  const hub = makeHub()
  for (const run of [
    () => hub.publish('room:1', 'text'),
    () => (hub.publish as (channel: string, message: unknown) => number)('made', { a: 1 }),
  ]) {
    expect(run).toThrow(/publish\(channel, text\) is for .*publish\(channel, event, payload\)/)
  }
})
