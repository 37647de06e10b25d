import { join } from 'node:path'
import { createHub, createSqliteEngine, createSqliteStore } from '@coterie/server'
import type { Engine } from '@coterie/server/engine'

const [folder = '', port = '0', death = ''] = process.argv.slice(2)

/** Dies when the nodes are to be told of what was just stored. */
function dyingEngine(engine: Engine): Engine {
  const append: Engine['append'] = (channel, event, options) => {
    if (channel === '$inbox') process.kill(process.pid, 'SIGKILL')
    return engine.append(channel, event, options)
  }
  return new Proxy(engine, {
    get: (target, name) => {
      const value: unknown = name === 'append' ? append : Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

const engine = createSqliteEngine({ path: join(folder, 'engine.sqlite') })
const hub = createHub({
  engine: death === 'before the push' ? dyingEngine(engine) : engine,
  store: createSqliteStore({ path: join(folder, 'store.sqlite') }),
  jwtSecret: process.env.SECRET ?? '',
})
process.on('message', async ({ recipients, list }: { recipients?: string[]; list?: string }) => {
  if (recipients) await hub.notifications.create({ title: 'News', message: '', recipients })
  if (list === undefined) return
  const page = await hub.notifications.list({ userId: list })
  process.send?.({ ids: page.ok ? page.value.items.map(({ id }) => id) : page.error.message })
})
const url = await hub.listen({ port: Number(port) })
process.send?.({ port: Number(new URL(url).port) })
