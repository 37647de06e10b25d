import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A request that a receiver of webhooks got. */
export interface ReceivedRequest {
  readonly method: string | undefined
  readonly path: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A receiver of webhooks on this machine, that answers as a test says. */
export class WebhookReceiver {
  readonly requests: ReceivedRequest[] = []
  /** Connections that were ever opened. */
  connections = 0
  answer: (response: ServerResponse) => void = (response) => response.end('thanks')
  readonly #server: Server

  constructor(tls?: { readonly key: string; readonly cert: string }) {
    const handle: Parameters<typeof createServer>[1] = async (request, response) => {
      const { method, url, headers } = request
      this.requests.push({ method, path: url, headers, body: await text(request) })
      this.answer(response)
    }
    this.#server = tls ? createTlsServer(tls, handle) : createServer(handle)
    this.#server.on('connection', () => {
      this.connections += 1
    })
  }

  async listen(host = '127.0.0.1', port = 0): Promise<void> {
    this.#server.listen(port, host)
    await once(this.#server, 'listening')
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
