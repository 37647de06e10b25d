import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DOCUMENT_CHANNELS, DOCUMENT_FILES, DOCUMENT_PAGE } from '@coterie/example-document'
import { inProcessRoutes } from '@coterie/example-in-process'
import {
  answerNotices,
  INBOX_CHANNELS,
  INBOX_FILES,
  INBOX_PAGE,
  inboxSessionRoutes,
} from '@coterie/example-inbox'
import { BOARD_CHANNELS, WHITEBOARD_FILES, WHITEBOARD_FOLDER } from '@coterie/example-whiteboard'
import { createHub, createSqliteEngine, createSqliteStore, type Logger } from '@coterie/server'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { pageRoutes } from './page-routes.ts'
import { openSecret } from './secret.ts'
import { sessionRoutes } from './sessions.ts'

const REQUEST_HEAD_TIMEOUT_MS = 10_000
const WEEK_MS = 7 * 86_400_000
const BUILT_PAGE = fileURLToPath(new URL('dist/page', import.meta.url))

/** Where a chat is served and kept. */
export interface ChatServerOptions {
  /** 0 takes any free port. @default 8080 */
  readonly port?: number
  /** @default '127.0.0.1' */
  readonly host?: string
  /** Keeps the messages, the notifications and the secret. @default '.coterie' */
  readonly dataDir?: string
  /** The built page. */
  readonly pageDir?: string
  /** How long somebody who lost the connection is still shown, in ms. @default 6_000 */
  readonly presenceGraceMs?: number
  /** @default writes nothing */
  readonly logger?: Logger
}

/** A chat that accepts connections. */
export interface ChatServer {
  /** `http://host:port`. */
  readonly url: string
  /** Tells everybody to come back, and stops. */
  close(): Promise<void>
}

/**
 * Starts the chat: a page, sessions, and rooms that remember a week.
 *
 * @throws {Error} `EADDRINUSE` when the port is taken
 */
export async function createChatServer(options: ChatServerOptions = {}): Promise<ChatServer> {
  const { port = 8080, host = '127.0.0.1', dataDir = '.coterie', pageDir = BUILT_PAGE } = options
  const secret = openSecret(dataDir)
  const hub = createHub({
    engine: createSqliteEngine({ path: join(dataDir, 'chat.sqlite') }),
    store: createSqliteStore({ path: join(dataDir, 'store.sqlite') }),
    jwtSecret: secret,
    channels: {
      'room:*': { history: { size: 500, ttlMs: WEEK_MS }, presence: true },
      ...DOCUMENT_CHANNELS,
      ...BOARD_CHANNELS,
      ...INBOX_CHANNELS,
    },
    presence: { graceMs: options.presenceGraceMs ?? 6_000 },
    rootPaths: true,
    ...(options.logger && { logger: options.logger }),
  })
  answerNotices(hub)
  const stopping = new AbortController()
  const app = createApp(pageDir, secret)
  app.route('/in-process', inProcessRoutes(hub, stopping.signal))
  const server = createServer(
    { headersTimeout: REQUEST_HEAD_TIMEOUT_MS },
    getRequestListener(app.fetch, { overrideGlobalObjects: false }),
  )
  const close = async (): Promise<void> => {
    stopping.abort()
    server.close()
    await hub.close()
    server.closeAllConnections()
  }
  try {
    // The port first: a second chat that is started by mistake fails on the port, not on the database.
    await listen(server, port, host)
    await hub.start()
    hub.attach(server)
  } catch (error) {
    await close()
    throw error
  }
  return { url: urlOf(server.address() as AddressInfo), close }
}

function createApp(pageDir: string, secret: string): Hono {
  const app = new Hono()
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
      referrerPolicy: 'no-referrer',
      // Browsers ignore these over plain HTTP, some loudly; behind TLS they are the proxy's to say.
      strictTransportSecurity: false,
      crossOriginOpenerPolicy: false,
      originAgentCluster: false,
    }),
  )
  app.route('/', pageRoutes(pageDir))
  app.get('/document', (context) => context.redirect('/document/'))
  app.route('/document/', pageRoutes(DOCUMENT_PAGE, DOCUMENT_FILES))
  app.get('/inbox', (context) => context.redirect('/inbox/'))
  app.route('/inbox/', pageRoutes(INBOX_PAGE, INBOX_FILES))
  app.route('/inbox', inboxSessionRoutes(secret))
  app.get('/whiteboard', (context) => context.redirect('/whiteboard/'))
  app.route('/whiteboard/', pageRoutes(WHITEBOARD_FOLDER, WHITEBOARD_FILES))
  app.route('/', sessionRoutes(secret))
  return app
}

function listen(
  server: ReturnType<typeof createServer>,
  port: number,
  host: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
