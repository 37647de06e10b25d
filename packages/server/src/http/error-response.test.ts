import { RealtimeError } from '@coterie/protocol'
import { expect, it } from 'vitest'
import { errorResponse } from './error-response.ts'

it.each([
  [{ retry_after_ms: 1_400 }, '2'],
  [{ retry_after_ms: 3 }, '1'],
  [undefined, '1'],
])('says when to try again after %o', (details, seconds) => {
  const response = errorResponse(new RealtimeError('rate_limited', 'too often', { details }))
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, seconds])
})

it('does not suggest a retry where it would not help', () => {
  const response = errorResponse(new RealtimeError('limit_exceeded', 'too many'))
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, null])
})
