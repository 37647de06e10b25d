import { patternMatches } from '@coterie/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Audience } from './audience.ts'

interface Client {
  readonly name: string
  lastDelivery: number
}

interface Interest {
  readonly channel: string
  readonly client: Client
}

function setUp() {
  const audience = new Audience<Interest, Client>(({ client }) => client)
  const clients = new Map<string, Client>()
  const listen = (name: string, channel: string): Interest => {
    const client = clients.get(name) ?? { name, lastDelivery: 0 }
    clients.set(name, client)
    const interest = { channel, client }
    audience.add(interest)
    return interest
  }
  const reached = (channel: string): string[] => {
    const names: string[] = []
    audience.deliver(channel, ({ client }) => names.push(client.name) > 0)
    return names
  }
  return { audience, listen, reached }
}

it('reaches each client once, by name before by pattern, and by the most specific first', () => {
  const { audience, listen } = setUp()
  listen('ada', '#')
  listen('ada', 'chat:*')
  listen('bob', '#')
  listen('bob', 'chat:general')
  listen('eve', 'events:#')
  const visited: string[] = []
  const count = audience.deliver('chat:general', ({ client, channel }) => {
    visited.push(`${client.name} ${channel}`)
    return true
  })
  expect(visited).toEqual(['bob chat:general', 'ada chat:*'])
  expect(count).toBe(2)
  expect(audience.count('chat:other')).toBe(2)
  expect(audience.count('nothing')).toBe(2)
  expect(audience.count('events:a')).toBe(3)
})

it('tries the next interest of a client whose first one does not take it', () => {
  const { audience, listen } = setUp()
  listen('ada', 'chat:general')
  listen('ada', 'chat:*')
  const visited: string[] = []
  const count = audience.deliver('chat:general', ({ channel }) => {
    visited.push(channel)
    return channel === 'chat:*'
  })
  expect([visited, count]).toEqual([['chat:general', 'chat:*'], 1])
})

it('tells the first interest in a channel and the last', () => {
  const { audience, listen } = setUp()
  const ada = listen('ada', 'chat:*')
  const bob = { channel: 'chat:*', client: { name: 'bob', lastDelivery: 0 } }
  expect(audience.add(bob)).toBe(false)
  expect([...audience.channels()]).toEqual(['chat:*'])
  expect(audience.members('chat:*').size).toBe(2)
  expect(audience.byPattern('chat:general')).toEqual([ada, bob])
  expect(audience.remove(bob)).toBe(false)
  expect(audience.remove(bob)).toBe(false)
  expect(audience.remove(ada)).toBe(true)
  expect(audience.byPattern('chat:general')).toEqual([])
  expect(audience.add(ada)).toBe(true)
})

describe('while it delivers', () => {
  it('leaves out who comes meanwhile, and who goes', () => {
    const { audience, listen, reached } = setUp()
    listen('ada', 'chat:general')
    const bob = listen('bob', 'chat:general')
    const visited: string[] = []
    audience.deliver('chat:general', ({ client }) => {
      visited.push(client.name)
      if (client.name === 'ada') {
        audience.remove(bob)
        listen('eve', 'chat:general')
        listen('eve', 'chat:*')
      }
      return true
    })
    expect(visited).toEqual(['ada'])
    expect(reached('chat:general')).toEqual(['ada', 'eve'])
  })

  it('delivers within a delivery, to those who came too, and still once each', () => {
    const { audience, listen, reached } = setUp()
    listen('ada', 'chat:general')
    listen('ada', 'chat:*')
    listen('bob', 'chat:*')
    const inner: string[][] = []
    const outer: string[] = []
    audience.deliver('chat:general', ({ client }) => {
      outer.push(client.name)
      if (client.name === 'ada') {
        listen('eve', 'chat:*')
        inner.push(reached('chat:general'))
      }
      return true
    })
    expect(outer).toEqual(['ada', 'bob'])
    expect(inner).toEqual([['ada', 'bob', 'eve']])
  })

  it('delivers on after a visit threw', () => {
    const { audience, listen, reached } = setUp()
    listen('ada', 'a')
    const fail = () => {
      throw new Error('no')
    }
    expect(() => audience.deliver('a', fail)).toThrow('no')
    listen('bob', 'a')
    expect(reached('a')).toEqual(['ada', 'bob'])
  })
})

it('reaches exactly those one of whose interests matches, whoever comes and goes', () => {
  const channels = ['a', 'a:b', 'a:b:c', 'b:b']
  const interest = fc.record({
    name: fc.constantFrom('ada', 'bob', 'eve'),
    channel: fc.constantFrom(...channels, '*', '#', 'a:*', 'a:#', '*:b', 'a:*:c'),
    stays: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(interest, { maxLength: 12 }), (interests) => {
      const { audience, listen, reached } = setUp()
      const added = interests.map(({ name, channel }) => listen(name, channel))
      interests.forEach(({ stays }, index) => {
        const each = added[index]
        if (!stays && each) audience.remove(each)
      })
      for (const channel of channels) {
        const expected = interests.filter(
          (each) => each.stays && patternMatches(each.channel, channel),
        )
        expect(reached(channel).sort()).toEqual(
          [...new Set(expected.map(({ name }) => name))].sort(),
        )
      }
    }),
  )
})
