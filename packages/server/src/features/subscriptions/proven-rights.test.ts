import { createTestHub, testPrincipal } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import { Access } from '../../core/access.ts'
import { DEFAULT_DEFINITION, Definitions } from '../../core/definitions.ts'
import type { Principal } from '../../ports/principal.ts'
import type { StoredSubscription } from '../../ports/subscription-repository.ts'
import { createSqliteStore } from '../../stores/sqlite/sqlite-store.ts'
import { SubscriptionRights } from './subscription-rights.ts'

const inApp = { metadata: { notification_channel: 'in-app' } }
const grants = [{ channels: 'invoice:#', actions: ['subscribe' as const] }]

/** Stores an interest in a resource of a type that nobody has declared. */
async function storeUndeclared(principal: Principal): Promise<StoredSubscription> {
  const store = createSqliteStore({ path: ':memory:' })
  const { hub } = await createTestHub({ store })
  const { userId } = principal
  const stored = await hub.subscriptions.createResourceSubscription(
    { userId, resourceType: 'invoice', resourceId: '7', ...inApp },
    principal,
  )
  if (!stored.ok) throw stored.error
  const kept = await store.subscriptions.find(stored.value.id)
  if (!kept) throw new Error('it was not stored')
  return kept
}

/** Tells whether users are notified once the type is declared for those with a grant. */
function mayNotify(stored: StoredSubscription, channel = 'invoice:7'): boolean {
  const declared = new Map([
    ['invoice:#', { ...DEFAULT_DEFINITION, subscribe: 'granted' as const }],
    ['tenant:#', DEFAULT_DEFINITION],
  ])
  const definitions = new Definitions(declared, undefined)
  const access = new Access(definitions, { isLocked: () => false, isBanned: () => false })
  return new SubscriptionRights(access, definitions).mayNotify(stored, channel)
}

describe('a resource that was stored while its type was undeclared', () => {
  it('notifies nobody without a grant once the type is declared as granted', async () => {
    expect(mayNotify(await storeUndeclared(testPrincipal('eve')))).toBe(false)
  })

  it('goes on for whoever had a grant when it was stored', async () => {
    expect(mayNotify(await storeUndeclared(testPrincipal('ada', { grants })))).toBe(true)
  })

  it('of an earlier release, which kept nothing, proves nothing', async () => {
    const { proven: _, ...earlier } = await storeUndeclared(testPrincipal('ada', { grants }))
    expect(mayNotify(earlier)).toBe(false)
  })
})

it('a topic of an earlier release goes on, since its rule was checked', async () => {
  const { proven: _, ...stored } = await storeUndeclared(testPrincipal('ada'))
  const topic = { resourceType: null, resourceId: null, topic: 'invoice:7' }
  expect(mayNotify({ ...stored, ...topic })).toBe(true)
})

it('the tenant is the one of the token, whatever its id holds', async () => {
  const stored = await storeUndeclared(testPrincipal('ada', { tenant: 'a|b' }))
  expect(stored.proven).toEqual({ tenant: 'a|b', isGranted: false })
  expect(mayNotify(stored, 'tenant:=YXxi:orders')).toBe(true)
  expect(mayNotify(stored, 'tenant:a:orders')).toBe(false)
})
