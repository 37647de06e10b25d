import { ok, RealtimeError, refuse, type SubscribeRequest } from '@coterie/protocol'
import { expect, it } from 'vitest'
import type { EventRecord, MapChange } from '../ports/engine.ts'
import type { UserConnection } from './connection.ts'
import type { Feature } from './feature.ts'
import { FeatureHost } from './feature-host.ts'
import type { Membership } from './membership.ts'
import type { Publication } from './publication.ts'

const connection = {} as UserConnection
const membership = {} as Membership
const publication = {} as Publication
const frame: SubscribeRequest = { type: 'subscribe', channel: 'room:1' }

function start(...features: readonly Feature[]) {
  const calls: string[] = []
  const fanout = {
    deliver: ({ channel }: EventRecord) => {
      calls.push(`fan out ${channel}`)
      return 7
    },
  }
  return { calls, host: new FeatureHost(fanout, () => features) }
}

function record(channel: string): EventRecord {
  return { channel, id: 'e' } as EventRecord
}

it('lists its features when it first needs them, and not before', () => {
  let wasAsked = false
  const host = new FeatureHost({ deliver: () => 0 }, () => {
    wasAsked = true
    return []
  })
  expect(wasAsked).toBe(false)
  host.identified(connection)
  expect(wasAsked).toBe(true)
})

it('joins the channels of features before starting them', async () => {
  const calls: string[] = []
  const { host } = start(
    { channel: '$a', onStart: async () => void calls.push('start a') },
    { onStart: async () => void calls.push('start b') },
    { channel: '$c' },
  )
  await host.start({ join: async (channel) => void calls.push(`join ${channel}`) })
  expect(calls.indexOf('join $a')).toBeLessThan(calls.indexOf('start a'))
  expect(calls.sort()).toEqual(['join $a', 'join $c', 'start a', 'start b'])
})

it('stops features in their order and closes them in reverse, one after the other', async () => {
  const calls: string[] = []
  const slowly = async (call: string): Promise<void> => {
    calls.push(`${call} begins`)
    await Promise.resolve()
    calls.push(`${call} ends`)
  }
  const { host } = start(
    { onStop: () => slowly('stop a'), onClose: () => slowly('close a') },
    {},
    { onStop: () => slowly('stop b'), onClose: () => slowly('close b') },
  )
  await host.stop()
  await host.close()
  const order = ['stop a', 'stop b', 'close b', 'close a']
  expect(calls).toEqual(order.flatMap((call) => [`${call} begins`, `${call} ends`]))
})

it('shows an event to features, then to all receivers, then to features again', () => {
  const { calls, host } = start(
    { onDelivered: (_, delivery) => void calls.push(`delivered as ${delivery}`) },
    {
      onEvent: ({ channel }) => {
        calls.push(`event in ${channel}`)
        return undefined
      },
    },
  )
  host.onEvent(record('room:1'))
  expect(calls).toEqual(['event in room:1', 'fan out room:1', 'delivered as 7'])
})

it('shows an event to nobody else once a feature has taken it', () => {
  const { calls, host } = start(
    { onEvent: () => 'taken', onDelivered: () => void calls.push('delivered') },
    {
      onEvent: () => {
        calls.push('second')
        return undefined
      },
    },
  )
  host.onEvent(record('room:1'))
  expect(calls).toEqual([])
})

it('passes records to the feature that owns their channel, and drops others', () => {
  const { calls, host } = start(
    { channel: '$a', onRecord: ({ channel }) => void calls.push(`record of ${channel}`) },
    {
      onEvent: () => {
        calls.push('event')
        return undefined
      },
    },
  )
  host.onEvent(record('$a'))
  host.onEvent(record('$b'))
  expect(calls).toEqual(['record of $a'])
})

it('passes a change to all features that own its map, in order', () => {
  const calls: string[] = []
  const feature = (name: string, ...maps: string[]): Feature => ({
    maps,
    onChange: ({ map }) => void calls.push(`${name} ${map}`),
  })
  const { host } = start(feature('a', 'one', 'two'), feature('b', 'two'), feature('c'))
  for (const map of ['two', 'one', 'three']) host.onChange({ map } as MapChange)
  expect(calls).toEqual(['a two', 'b two', 'a one'])
})

it('asks features about a join until one refuses, and returns their reply fields', async () => {
  const calls: string[] = []
  const joining = (name: string): Feature => ({
    onJoin: async () => {
      calls.push(name)
      return ok(() => ({}))
    },
  })
  const refusing: Feature = { onJoin: async () => refuse('forbidden', 'no') }
  const { host } = start(joining('a'), { onJoin: async () => ok(undefined) }, joining('b'))
  expect(await host.join(membership, frame)).toMatchObject({ ok: true, value: { length: 2 } })
  const refused = await start(joining('c'), refusing, joining('d')).host.join(membership, frame)
  expect(refused).toMatchObject({ ok: false, error: { code: 'forbidden' } })
  expect(calls).toEqual(['a', 'b', 'c'])
})

it('asks whether a user may connect until a feature refuses, and waits only for promises', async () => {
  const calls: string[] = []
  const asked = (name: string, refusal?: RealtimeError): Feature => ({
    onConnect: async () => {
      calls.push(name)
      return refusal
    },
  })
  expect(start({ onConnect: () => undefined }).host.admit(connection)).toBeUndefined()
  const refusal = new RealtimeError('forbidden', 'no')
  const { host } = start(
    asked('a'),
    { onConnect: () => undefined },
    asked('b', refusal),
    asked('c'),
  )
  expect(await host.admit(connection)).toBe(refusal)
  expect(calls).toEqual(['a', 'b'])
})

it('lets the first feature with a guard publish an event', () => {
  const published = Promise.resolve(refuse('forbidden', 'no'))
  const { host } = start({ guard: () => undefined }, { guard: () => published })
  const recheck = () => ok(undefined)
  expect(host.guard(connection, publication, recheck)).toBe(published)
  expect(start({}).host.guard(connection, publication, recheck)).toBeUndefined()
})

it('runs what features prepared for an event one after the other', async () => {
  const calls: string[] = []
  const prepared = (name: string): Feature => ({
    followUp: () => async () => {
      await Promise.resolve()
      calls.push(name)
    },
  })
  const { host } = start(prepared('a'), { followUp: () => undefined }, prepared('b'))
  await host.followUp(publication, 'e' as never)?.()
  expect(calls).toEqual(['a', 'b'])
  expect(start({ followUp: () => undefined }).host.followUp(publication, 'e' as never)).toBe(
    undefined,
  )
})
