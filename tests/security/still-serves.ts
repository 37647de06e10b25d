import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { openSocket } from './socket-way.ts'
import { openStream } from './stream-way.ts'
import type { Address } from './way-in.ts'

/** A server that can say who people are. */
export interface Serving extends Address {
  tokenOf(userId: string): string | Promise<string>
}

/** Checks that others are served as ever: one publishes, and two hear it. */
export async function stillServes(server: Serving): Promise<void> {
  const channel = `serving:${randomUUID()}`
  const [nora, olaf, pia] = await Promise.all([
    openSocket(server, await server.tokenOf('nora')),
    openSocket(server, await server.tokenOf('olaf')),
    openStream(server, await server.tokenOf('pia')),
  ])
  for (const user of [nora, olaf, pia]) {
    expect(await user.ask({ type: 'subscribe', channel })).toMatchObject({ type: 'reply' })
  }
  const sent = await nora.ask({ type: 'publish', channel, event: 'hello', payload: channel })
  expect(sent).toMatchObject({ type: 'reply' })
  const hello = { type: 'event', channel, payload: channel, from: { user_id: 'nora' } }
  for (const user of [olaf, pia]) {
    await expect
      .poll(() => user.frames)
      .toContainEqual(
        expect.objectContaining({
          ...hello,
          from: expect.objectContaining(hello.from),
        }),
      )
  }
}
