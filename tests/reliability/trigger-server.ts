import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { createHub, createSqliteEngine, createSqliteStore } from '@coterie/server'

// Journals what its durable trigger does, and dies in the middle of one event.
const [folder = '', port = '0', deadly = ''] = process.argv.slice(2)
const journal = join(folder, 'journal')

const hub = createHub({
  engine: createSqliteEngine({ path: join(folder, 'engine.sqlite') }),
  store: createSqliteStore({ path: join(folder, 'store.sqlite') }),
  channels: { 'orders:*': { subscribe: 'public', history: { size: 1_000, ttlMs: 3_600_000 } } },
  anonymous: true,
  limits: { framesPerSecond: 10_000, framesBurst: 10_000 },
})
const released = Promise.withResolvers<void>()
process.on('message', () => released.resolve())
hub.trigger(
  'orders:*',
  'placed',
  async ({ input, attempt }) => {
    await released.promise
    appendFileSync(journal, `begin ${input} ${attempt}\n`)
    if (String(input) === deadly) process.kill(process.pid, 'SIGKILL')
    await new Promise((resolve) => setImmediate(resolve))
    appendFileSync(journal, `end ${input} ${attempt}\n`)
  },
  { durable: 'journal' },
)
const url = await hub.listen({ port: Number(port) })
process.send?.({ port: Number(new URL(url).port) })
