import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ChannelContract, RealtimeError } from '@coterie/protocol'
import { getRequestListener } from '@hono/node-server'
import { ServerKeys } from './auth/server-keys.ts'
import { Tickets } from './auth/tickets.ts'
import { toListenFailure } from './describe-start-failure.ts'
import { RealtimeHub } from './hub.ts'
import type { HubOptions } from './hub-options.ts'
import { createRestApp, isHubPath, refuseUnreadable } from './rest/app.ts'
import { systemRandom } from './system-random.ts'
import { ClientAddresses } from './transports/client-address.ts'
import { Identification } from './transports/handshake.ts'
import { refuseUpgrade } from './transports/refuse-upgrade.ts'
import { EventStreams } from './transports/sse/event-streams.ts'
import { WebSockets } from './transports/websocket.ts'

/** What a server of our own gives those who send slowly. */
const TIMEOUTS = {
  /** Time a client has to send the head of its request, in ms. */
  headersTimeout: 10_000,
  /** Time it has to send all of it. */
  requestTimeout: 60_000,
  /** How often it is looked for those who have not; the default would let them stay 30 s more. */
  connectionsCheckingInterval: 1_000,
}

/** Where to listen. */
export interface ListenOptions {
  /** 0 takes any free port. @default 8080 */
  readonly port?: number
  /** @default '127.0.0.1' */
  readonly host?: string
}

/** Where a request comes from. */
export interface RequestOrigin {
  /** The client's address, not that of a proxy. */
  readonly remoteAddress?: string | undefined
}

/** A hub that sockets and HTTP requests reach. */
export class Hub<
  out Contracts extends readonly ChannelContract[] = readonly ChannelContract[],
> extends RealtimeHub<Contracts> {
  readonly #webSockets: WebSockets
  readonly #eventStreams: EventStreams
  readonly #addresses: ClientAddresses
  readonly #rest: ReturnType<typeof createRestApp>
  readonly #servers = new Set<Server>()

  constructor(options: HubOptions<Contracts> = {}) {
    super(options)
    // What its contracts are matters to those who publish alone.
    const hub: RealtimeHub = this as RealtimeHub<Contracts>
    const { config, clock, authenticator, limits } = this
    const { failedAuths } = limits
    const { allowedOrigins } = config
    const tickets = new Tickets(clock, options.random ?? systemRandom)
    const recheck = this.recheck.bind(this)
    const identification = new Identification({
      authenticator,
      failedAuths,
      tickets,
      recheck,
      allowedOrigins,
    })
    this.#addresses = new ClientAddresses(config.trustedProxies, this.logger)
    this.#webSockets = new WebSockets(hub, identification, this.#addresses)
    this.#eventStreams = new EventStreams(hub, identification, this.#addresses)
    const serverKeys = new ServerKeys(config.apiKeys)
    this.#rest = createRestApp({ hub, serverKeys, identification, tickets })
  }

  /**
   * Serves the hub on a server of its own.
   *
   * @returns the address, as `http://host:port`
   * @throws {Error} `EADDRINUSE` when the port is taken
   */
  async listen({ port = 8080, host = '127.0.0.1' }: ListenOptions = {}): Promise<string> {
    await this.start()
    const server = createServer(TIMEOUTS)
    this.attach(server)
    await new Promise<void>((resolve, reject) => {
      const onError = (error: Error): void => reject(toListenFailure(error))
      server.once('error', onError)
      server.listen(port, host, () => {
        server.off('error', onError)
        resolve()
      })
    })
    this.#servers.add(server)
    const address = server.address() as AddressInfo
    const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
    return `http://${name}:${address.port}`
  }

  /**
   * Serves the hub's own paths on a server that exists already; all other
   * requests go on to the listeners that were there before.
   */
  attach(server: Server): void {
    void this.start().catch((error: unknown) => {
      this.logger.error({ error }, 'the hub could not start')
    })
    const others = server.listeners('request') as RequestListener[]
    server.removeAllListeners('request')
    const own = getRequestListener(
      (request, { incoming, outgoing }) => {
        const clientAddress = this.#addresses.of(incoming as IncomingMessage)
        return this.#rest.fetch(request, { clientAddress, response: outgoing as ServerResponse })
      },
      { overrideGlobalObjects: false, errorHandler: refuseUnreadable },
    )
    server.on('request', (request, response) => {
      if (this.#isEventStream(request.method, this.#path(request))) {
        this.#eventStreams.respond(request, response).catch((error: unknown) => {
          this.logger.error({ error }, 'an event stream failed')
          response.destroy()
        })
        return
      }
      if (others.length === 0 || this.#owns(request)) {
        void own(request, response)
        return
      }
      for (const other of others) other.call(server, request, response)
    })
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (this.#path(request) !== `${this.config.prefix}/ws`) {
        const error = new RealtimeError('not_found', 'no such path')
        if (server.listenerCount('upgrade') === 1) void refuseUpgrade(socket, error)
      } else if (this.isClosing) {
        void refuseUpgrade(socket, new RealtimeError('unavailable', 'the server is leaving'))
      } else {
        this.#webSockets.upgrade(request, socket, head)
      }
    })
  }

  /**
   * Answers a request of the web platform's kind, for frameworks that speak it.
   *
   * @param from where the request comes from, where the framework knows; without
   *   it limits of addresses do not hold
   */
  async fetch(request: Request, from?: RequestOrigin): Promise<Response> {
    await this.start()
    // Frameworks hand over what they like in second place.
    const given = from?.remoteAddress
    const clientAddress = typeof given === 'string' ? given : ''
    return this.#isEventStream(request.method, new URL(request.url).pathname)
      ? this.#eventStreams.fetch(request, clientAddress)
      : this.#rest.fetch(request, { clientAddress })
  }

  /** Stops accepting, lets all connections go, and closes what `listen` opened. */
  override async close(): Promise<void> {
    const stopped = [...this.#servers].map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    )
    await super.close()
    for (const server of this.#servers) server.closeAllConnections()
    await Promise.all(stopped)
  }

  // Streams are written straight to the response: whoever reads slowly must be seen.
  #isEventStream(method: string | undefined, path: string): boolean {
    return method === 'GET' && path === `${this.config.prefix}/events`
  }

  #owns(request: IncomingMessage): boolean {
    return isHubPath(this.#path(request), this.config.prefix)
  }

  #path(request: IncomingMessage): string {
    const { url = '/' } = request
    const query = url.indexOf('?')
    return query === -1 ? url : url.slice(0, query)
  }
}

/**
 * Makes a hub: channels, presence and typing for your users.
 *
 * It keeps everything in memory unless `dataDir`, `engine` or `store` say otherwise.
 *
 * @example
 * ```ts
 * const channels = { 'room:*': { history: true } }
 * const hub = createHub({ dataDir: '.coterie', channels, jwtSecret })
 * console.log(await hub.listen({ port: 8080 }))
 * ```
 * @throws {ConfigError} for an unknown option or a bad value
 */
export function createHub<
  const Contracts extends readonly ChannelContract[] = readonly ChannelContract[],
>(options: HubOptions<Contracts> = {}): Hub<Contracts> {
  return new Hub(options)
}
