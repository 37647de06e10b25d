import { ok, type Result, refuse } from '@coterie/protocol'
import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import { FailedAuthentications, TOKEN_EXPIRED, TOKEN_REVOKED } from './failed-authentications.ts'
import { RateLimiter } from './rate-limiter.ts'
import { createRefusalFigures } from './refusal-figures.ts'

it.each<[string, Result<void>, boolean]>([
  ['what is wrong', refuse('unauthorized', 'the token is not valid'), true],
  [
    'what has expired',
    refuse('unauthorized', 'old', { details: { reason: TOKEN_EXPIRED } }),
    false,
  ],
  [
    'what was revoked',
    refuse('unauthorized', 'out', { details: { reason: TOKEN_REVOKED } }),
    false,
  ],
  ['what cannot be verified now', refuse('unavailable', 'try again'), false],
  ['what is right', ok(undefined), false],
])('takes %s for a guess or not', async (_, outcome, isGuess) => {
  const failures = new FailedAuthentications(
    new RateLimiter({
      rate: { perSecond: 1, burst: 3 },
      clock: new FakeClock(),
      figures: createRefusalFigures(),
      kind: 'failedAuths',
      what: 'failed authentications',
    }),
  )
  const authenticate = () => failures.guard('192.0.2.1', async () => outcome)
  for (let time = 0; time < 3; time += 1) expect(await authenticate()).toEqual(outcome)
  if (isGuess) expect(await authenticate()).toMatchObject({ error: { code: 'rate_limited' } })
  else expect(await authenticate()).toEqual(outcome)
})
