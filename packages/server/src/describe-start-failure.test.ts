import { createServer } from 'node:http'
import { RealtimeError } from '@coterie/protocol'
import { expect, it } from 'vitest'
import { ConfigError } from './config/check-config.ts'
import { createHub } from './create-hub.ts'
import { describeStartFailure } from './describe-start-failure.ts'

it('names a port that is taken', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { port: number }
  const hub = createHub()
  const error = await hub.listen({ port }).catch((reason: unknown) => reason)
  expect(describeStartFailure(error)).toBe(
    `port ${port} on 127.0.0.1 is already in use; choose another one with --port or PORT`,
  )
  expect(error).toMatchObject({
    code: 'EADDRINUSE',
    message: `port ${port} on 127.0.0.1 is already in use; choose another one, or 0 for any free one`,
  })
  await hub.close()
  other.close()
})

it('says a host that is none of this machine', async () => {
  const hub = createHub()
  const error = await hub.listen({ port: 0, host: '192.0.2.1' }).catch((reason: unknown) => reason)
  expect(describeStartFailure(error)).toContain('HOST is not an address of this machine')
  await hub.close()
})

it('shows what is meant for people without a stack, and the rest with one', () => {
  expect(describeStartFailure(new ConfigError('wrong'))).toBe('wrong')
  expect(describeStartFailure(new RealtimeError('unavailable', 'in use'))).toBe('in use')
  expect(describeStartFailure(new TypeError('a bug'))).toContain('describe-start-failure.test.ts')
  expect(describeStartFailure('text')).toBe('text')
})
