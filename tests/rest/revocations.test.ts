import { ok } from '@coterie/protocol'
import { testPrincipal } from '@coterie/testing'
import { expect, it } from 'vitest'
import { SERVER_KEY, startRestHub } from './rest-hub.ts'

/** A hub whose tokens are `<user>` or `<user>.<token id>`, made a minute ago. */
async function setUp() {
  const issuedAtMs = Date.now() - 60_000
  const { call } = await startRestHub({
    authenticator: {
      authenticate: async (token) => {
        const [name = '', tokenId] = token.split('.')
        return ok(testPrincipal(name, { issuedAtMs, tokenId, sessionId: `of-${name}` }))
      },
    },
  })
  const revoke = (body: unknown, as: string | undefined = SERVER_KEY) =>
    call('POST', 'revocations', { as, body })
  const reads = async (as: string) => (await call('GET', 'notifications', { as })).status
  return { call, revoke, reads }
}

it.each([
  [{ user_id: 'ada' }, 401, 401],
  [{ session_id: 'of-ada' }, 401, 401],
  [{ token_id: '1' }, 401, 200],
])(
  'refuses tokens once %j is revoked, and those of others never',
  async (target, first, second) => {
    const { revoke, reads, call } = await setUp()
    expect(await reads('ada.1')).toBe(200)
    expect((await revoke({ ...target, reason: 'lost' })).status).toBe(204)
    expect([await reads('ada.1'), await reads('ada.2'), await reads('bob')]).toEqual([
      first,
      second,
      200,
    ])
    const { body } = await call('GET', 'notifications', { as: 'ada.1' })
    expect(body.error).toEqual({
      code: 'unauthorized',
      message: 'the token was revoked: lost',
      details: { reason: 'token_revoked' },
    })
    const ticket = await call('POST', 'tickets', { as: 'ada.1' })
    expect(ticket.status).toBe(401)
  },
)

it('lists what is in force, page by page, and takes it back', async () => {
  const { call, revoke, reads } = await setUp()
  const until = new Date(Date.now() + 3_600_000).toISOString()
  await revoke({ user_id: 'ada', until })
  await revoke({ token_id: 'a/b&c', reason: 'lost' })
  const first = await call('GET', 'revocations?limit=1', { as: SERVER_KEY })
  expect(first.body.revocations).toEqual([
    {
      user_id: null,
      session_id: null,
      token_id: 'a/b&c',
      reason: 'lost',
      revoked_at: expect.any(String),
      until: expect.any(String),
    },
  ])
  const next = /<(.+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1]
  const second = await call('GET', `revocations${next}`, { as: SERVER_KEY })
  expect(second.body.revocations).toMatchObject([{ user_id: 'ada', until, reason: null }])

  const lift = () => call('DELETE', 'revocations?user_id=ada', { as: SERVER_KEY })
  expect((await lift()).status).toBe(204)
  expect(await reads('ada')).toBe(200)
  expect((await lift()).body.error).toMatchObject({ code: 'not_found' })
  const query = new URLSearchParams({ token_id: 'a/b&c' })
  expect((await call('DELETE', `revocations?${query}`, { as: SERVER_KEY })).status).toBe(204)
  expect((await call('GET', 'revocations', { as: SERVER_KEY })).body.revocations).toEqual([])
})

it.each<[unknown, number, RegExp]>([
  [{}, 400, /exactly one of user_id, session_id and token_id/],
  [{ user_id: 'a', token_id: 'b' }, 400, /exactly one of/],
  [{ user_id: '' }, 422, /user_id/],
  [{ user_id: 'a'.repeat(129) }, 422, /user_id/],
  [{ user_id: 'a', until: '2020-01-01T00:00:00Z' }, 400, /until: expected a time in the future/],
  [{ user_id: 'a', until: 'soon' }, 422, /until/],
  [{ user_id: 'a', reason: 'a'.repeat(101) }, 422, /reason/],
  [{ user: 'a' }, 422, /user/],
])('refuses %j and says what is right', async (body, status, message) => {
  const { revoke } = await setUp()
  const refused = await revoke(body)
  expect(refused.status).toBe(status)
  expect(refused.body.error.message).toMatch(message)
})

it('is for the application alone', async () => {
  const { call } = await setUp()
  for (const [method, body] of [
    ['GET', undefined],
    ['POST', { user_id: 'bob' }],
    ['DELETE', undefined],
  ] as const) {
    expect((await call(method, 'revocations', { as: 'ada', body })).status).toBe(403)
    expect((await call(method, 'revocations', { body })).status).toBe(401)
  }
})
