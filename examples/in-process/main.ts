import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHub } from '@coterie/server'
import { getRequestListener } from '@hono/node-server'
import { inProcessRoutes } from './routes.ts'

const stop = new AbortController()
const hub = createHub({ anonymous: true, engine: 'memory' })
const routes = inProcessRoutes(hub, stop.signal)
const server = createServer(getRequestListener(routes.fetch))
hub.attach(server)
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`ready http://127.0.0.1:${port}
  curl -d '{"user_id":"ada"}' http://127.0.0.1:${port}/chat/join
  curl -d '{"user_id":"ada","message":"Hello"}' http://127.0.0.1:${port}/chat/send
  curl http://127.0.0.1:${port}/chat/members
  curl -N http://127.0.0.1:${port}/events
  curl -d '{"data":"Something happened"}' http://127.0.0.1:${port}/events
`)
})
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    stop.abort()
    void hub.close().then(() => {
      server.close()
      server.closeAllConnections()
    })
  })
}
