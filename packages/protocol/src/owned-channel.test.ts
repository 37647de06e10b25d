import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalChannel, tenantChannel, userChannel } from './owned-channel.ts'
import { sha256 } from './sha256.ts'
import { isChannelName } from './topic.ts'

const anyId = fc.string({ unit: 'binary', minLength: 1, maxLength: 300 })

describe('the channel of a user', () => {
  it.each([
    ['ada', 'user:ada'],
    ['ada@example.com', 'user:ada@example.com'],
    ['google:123', 'user:=Z29vZ2xlOjEyMw'],
    ['auth0|5f7c', 'user:=YXV0aDB8NWY3Yw'],
    ['Ada Lovelace', 'user:=QWRhIExvdmVsYWNl'],
    ['=YWRh', 'user:=PVlXUmg'],
    ['*', 'user:=Kg'],
  ])('%j is %s', (id, channel) => {
    expect(userChannel(id)).toBe(channel)
  })

  it('is named by a digest where the id is too long for a name', () => {
    const id = 'a:'.repeat(80)
    const digest = createHash('sha256').update(id).digest('base64url')
    expect(userChannel(id)).toBe(`user:==${digest}`)
  })

  it('is a name for every id, and another one for every other id', () => {
    fc.assert(
      fc.property(anyId, anyId, (one, other) => {
        expect(isChannelName(userChannel(one))).toBe(true)
        expect(userChannel(one) === userChannel(other)).toBe(one === other)
      }),
    )
  })

  it('is never that of another user, however ids look like encoded ones', () => {
    const plain = fc.string({ minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(plain, (id) => {
        const segment = userChannel(id).slice('user:'.length)
        expect(userChannel(segment) === userChannel(id)).toBe(segment === id)
      }),
    )
  })

  it('tells halves of characters apart', () => {
    expect(userChannel('a\ud800')).not.toBe(userChannel('a\ud801'))
    expect(userChannel('a\ud800')).not.toBe(userChannel('a\ufffd'))
  })
})

describe('the one name of a channel', () => {
  it.each([
    ['user:google:123', 'user:=Z29vZ2xlOjEyMw'],
    ['user:=Z29vZ2xlOjEyMw', 'user:=Z29vZ2xlOjEyMw'],
    ['user:auth0|5f7c', 'user:=YXV0aDB8NWY3Yw'],
    ['user:ada', 'user:ada'],
    // It would be a second name of user:ada.
    ['user:=YWRh', 'user:=PVlXUmg'],
    ['user:*', 'user:*'],
    ['user:a:#', 'user:a:#'],
    ['user:a*', 'user:=YSo'],
    ['tenant:acme|eu:orders', 'tenant:=YWNtZXxldQ:orders'],
    ['tenant:acme|eu:#', 'tenant:=YWNtZXxldQ:#'],
    ['tenant:acme:orders', 'tenant:acme:orders'],
    ['tenant:*:orders', 'tenant:*:orders'],
    ['room:1', 'room:1'],
    ['users:a|b', 'users:a|b'],
    ['user:', 'user:'],
    ['user:eve\u0000', 'user:eve\u0000'],
    ['user:eve ', 'user:eve '],
    ['user', 'user'],
  ])('%j is %j', (name, canonical) => {
    expect(canonicalChannel(name)).toBe(canonical)
  })

  it('stays the same, for whatever was made of an id', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        const channel = userChannel(id)
        expect(canonicalChannel(channel)).toBe(channel)
        const ofTenant = tenantChannel(id, 'orders')
        expect(canonicalChannel(ofTenant)).toBe(ofTenant)
        expect(isChannelName(ofTenant)).toBe(true)
      }),
    )
  })

  it('has no second name: making it again changes nothing', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 60 }),
        fc.constantFrom('user:', 'tenant:', ''),
        (id, kind) => {
          const once = canonicalChannel(kind + id)
          expect(canonicalChannel(once)).toBe(once)
        },
      ),
    )
  })
})

it('digests as SHA-256 does', () => {
  const bytes = fc.uint8Array({ maxLength: 300 })
  fc.assert(
    fc.property(bytes, (each) => {
      expect(Buffer.from(sha256(each))).toEqual(createHash('sha256').update(each).digest())
    }),
  )
})
