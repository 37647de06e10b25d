import { refuse } from '@coterie/protocol'
import { FakeClock, nameAuthenticator, testPrincipal } from '@coterie/testing'
import { expect, it } from 'vitest'
import { ServerKeys } from './server-keys.ts'
import { UserTokens } from './user-tokens.ts'

const clock = new FakeClock()
const tokens = new UserTokens({
  authenticator: nameAuthenticator,
  serverKeys: new ServerKeys(['the server key']),
  clock,
  revoked: ({ userId }) =>
    userId === 'eve' ? refuse('unauthorized', 'the token was revoked') : undefined,
})

it('recognises a server key, and says so in its error', async () => {
  expect(await tokens.authenticate('the server key')).toMatchObject({
    error: { code: 'unauthorized', message: 'this is a server key; expected the token of a user' },
  })
})

it('refuses a user whose token is revoked, now or later', async () => {
  expect(await tokens.authenticate('ada')).toMatchObject({ ok: true })
  const refused = { error: { code: 'unauthorized', message: 'the token was revoked' } }
  expect(await tokens.authenticate('eve')).toMatchObject(refused)
  expect(tokens.recheck(testPrincipal('eve'))).toMatchObject(refused)
})

it("recognises when an accepted user's token is revoked", () => {
  const principal = testPrincipal('ada', { expiresAtMs: clock.now() + 1 })
  expect(tokens.recheck(principal)).toEqual({ ok: true, value: principal })
  clock.jumpWallClock(1)
  expect(tokens.recheck(principal)).toMatchObject({ error: { code: 'unauthorized' } })
})
