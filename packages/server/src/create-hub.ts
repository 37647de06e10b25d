import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type ChannelContract,
  checkOption,
  checkOptionsObject,
  checkWholeNumber,
  RealtimeError,
  showValue,
} from '@coterie/protocol'
import { getRequestListener } from '@hono/node-server'
import { ServerKeys } from './auth/server-keys.ts'
import { Tickets } from './auth/tickets.ts'
import { hasMembers } from './config/has-members.ts'
import { toListenFailure } from './describe-start-failure.ts'
import { ClientAddresses } from './http/client-address.ts'
import { Identification } from './http/handshake.ts'
import { RealtimeHub } from './hub.ts'
import type { HubOptions } from './hub-options.ts'
import { once } from './once.ts'
import { createRestApp, isHubPath, refuseUnreadable } from './rest/app.ts'
import { systemRandom } from './system/system-random.ts'
import { checkServer } from './transports/check-server.ts'
import { refuseUpgrade } from './transports/refuse-upgrade.ts'
import { addGuest, type ServerGuest } from './transports/server-guests.ts'
import { EventStreams } from './transports/sse/event-streams.ts'
import { UnreadBodies } from './transports/unread-bodies.ts'
import { WebSockets } from './transports/websocket.ts'

/** What a server of our own gives those who send slowly. */
const TIMEOUTS = {
  /** Time a client has to send the head of its request, in ms. */
  headersTimeout: 10_000,
  /** Time it has to send all of it. */
  requestTimeout: 60_000,
  /** How often Node looks for slow requests, in ms; its default would keep them 30 s longer. */
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
  readonly #atRoot: Served
  readonly #belowPrefix: Served
  readonly #unreadBodies = new UnreadBodies()
  readonly #servers = new Set<Server>()

  constructor(options: HubOptions<Contracts> = {}) {
    super(options)
    // What its contracts are matters to those who publish alone.
    const hub: RealtimeHub = this as RealtimeHub<Contracts>
    const { config, clock, authenticator, limits } = this
    const { failedAuths } = limits
    const { allowedOrigins, anonymous } = config
    const tickets = new Tickets(clock, options.random ?? systemRandom)
    const recheck = this.recheck.bind(this)
    const identification = new Identification({
      authenticator,
      failedAuths,
      tickets,
      logger: this.logger,
      anonymous,
      recheck,
      allowedOrigins,
    })
    this.#addresses = new ClientAddresses(config.trustedProxies, this.logger)
    this.#webSockets = new WebSockets(hub, identification, this.#addresses)
    this.#eventStreams = new EventStreams({
      hub,
      identification,
      addresses: this.#addresses,
      unreadBodies: this.#unreadBodies,
    })
    const serverKeys = new ServerKeys(config.apiKeys)
    const parts = { hub, serverKeys, identification, tickets }
    const serve = (hasRootPaths: boolean): Served => {
      const rest = once(() => createRestApp(parts, hasRootPaths))
      return { rest, guest: this.#createGuest(rest, hasRootPaths) }
    }
    this.#atRoot = serve(true)
    this.#belowPrefix = serve(false)
  }

  /**
   * Serves the hub on a server of its own.
   *
   * @returns the address, as `http://host:port`
   * @throws {Error} `EADDRINUSE` when the port is taken
   */
  async listen(options: ListenOptions = {}): Promise<string> {
    checkOptionsObject('listen', options)
    const { port = 8080, host = '127.0.0.1' } = options
    checkWholeNumber('port', port, 0, 65_535)
    checkOption('host', host, typeof host === 'string' && host !== '', 'a name or an address')
    await this.start()
    const server = createServer(TIMEOUTS)
    this.#serveOn(server, this.config.rootPaths ?? true)
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
   * Serves the hub's own paths on a server that exists already. They are those
   * below its prefix, and with `rootPaths` also `/docs`, `/openapi.json` and
   * `/health/…`. All other requests go to the server's own listeners, whether
   * they were added before or after.
   *
   * @throws {TypeError} if `server` is not a Node server, such as an Express application
   */
  attach(server: Server): void {
    checkServer(server)
    this.#serveOn(server, this.config.rootPaths ?? false)
    void this.start().catch((error: unknown) => {
      this.logger.error({ error }, 'the hub could not start')
    })
  }

  /**
   * Answers a request of the web platform's kind, for frameworks that speak it.
   *
   * @param from where the request comes from, where the framework knows; without
   *   it limits of addresses do not hold
   * @throws {TypeError} if it is not a web `Request`, such as a request of Node's server
   */
  async fetch(request: Request, from?: RequestOrigin): Promise<Response> {
    checkRequest(request)
    if (!this.isClosing) await this.start()
    // Frameworks hand over what they like in second place.
    const given = from?.remoteAddress
    const clientAddress = typeof given === 'string' ? given : ''
    if (this.#isEventStream(request.method, new URL(request.url).pathname)) {
      return this.#eventStreams.fetch(request, clientAddress)
    }
    return this.#served(this.config.rootPaths ?? false)
      .rest()
      .fetch(request, { clientAddress })
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

  #served(hasRootPaths: boolean): Served {
    return hasRootPaths ? this.#atRoot : this.#belowPrefix
  }

  #serveOn(server: Server, hasRootPaths: boolean): void {
    addGuest(server, this.#served(hasRootPaths).guest)
  }

  #createGuest(rest: Served['rest'], hasRootPaths: boolean): ServerGuest {
    const { prefix } = this.config
    const answer = getRequestListener(
      async (request, given) => {
        const incoming = given.incoming as IncomingMessage
        const response = given.outgoing as ServerResponse
        const clientAddress = this.#addresses.of(incoming)
        const answered = await rest().fetch(request, { clientAddress, response })
        this.#unreadBodies.leave(incoming, response)
        return answered
      },
      // It would read what is left of a body to its end.
      { overrideGlobalObjects: false, errorHandler: refuseUnreadable, autoCleanupIncoming: false },
    )
    return {
      owns: (request) => isHubPath(pathOf(request), prefix, hasRootPaths),
      respond: (request, response) => {
        if (!this.#isEventStream(request.method, pathOf(request))) {
          void answer(request, response)
          return
        }
        this.#eventStreams.respond(request, response).catch((error: unknown) => {
          this.logger.error({ error }, 'an event stream failed')
          response.destroy()
        })
      },
      upgrade: (request, socket, head) => {
        if (pathOf(request) !== `${prefix}/ws`) {
          void refuseUpgrade(socket, new RealtimeError('not_found', 'no such path'))
        } else if (this.isClosing) {
          void refuseUpgrade(socket, new RealtimeError('unavailable', 'the server is leaving'))
        } else {
          this.#webSockets.upgrade(request, socket, head)
        }
      },
    }
  }

  // Streams are written straight to the response: whoever reads slowly must be seen.
  #isEventStream(method: string | undefined, path: string): boolean {
    return (method === 'GET' || method === 'HEAD') && path === `${this.config.prefix}/events`
  }
}

/** What answers where the operations have their paths at the root, or below the prefix. */
interface Served {
  /** Made when it is first asked for. */
  readonly rest: () => ReturnType<typeof createRestApp>
  readonly guest: ServerGuest
}

function checkRequest(request: unknown): void {
  const isRequest = hasMembers(request, { url: 'string', method: 'string', headers: 'object' })
  if (isRequest && hasMembers(Reflect.get(request as object, 'headers'), { get: 'function' }))
    return
  const given = isRequest ? "a request of Node's server" : showValue(request)
  const hint = 'where requests come by a server of Node, attach the hub to that'
  throw new TypeError(`fetch: expected a Request of the web platform, got ${given}: ${hint}`)
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
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
