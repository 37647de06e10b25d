import { readFileSync } from 'node:fs'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { RestEnv } from './rest-env.ts'
import { type OpenApiDocument, suitGenerators } from './suit-generators.ts'

const DESCRIPTION = `Channels, notifications and subscriptions in real time.

Keys are snake_case; times are ISO 8601 UTC. What is refused is answered as
\`{"error": {"code", "message", "details?"}}\`. Bodies are JSON; who is
known by a cookie alone says so by \`Content-Type: application/json\`.`

interface Manifest {
  readonly version: string
  readonly homepage: string
}

const LICENSE = { name: 'MIT', identifier: 'MIT' }

const TAGS = [
  { name: 'Publishing', description: 'Events, from the application to whoever listens.' },
  { name: 'Channels', description: 'What channels hold.' },
  { name: 'Rooms', description: 'Rooms, who may enter them, and who may not.' },
  { name: 'Notifications', description: 'Stored first, pushed to every device, read once.' },
  { name: 'Notification preferences', description: 'How each user wants to be notified.' },
  { name: 'Notification deliveries', description: 'What goes by e-mail and webhooks.' },
  { name: 'Subscriptions', description: 'What users are interested in, and what happens to it.' },
  { name: 'Triggers', description: 'What durable triggers of the application gave up.' },
  { name: 'Connections', description: 'The connections of this node, and messages to them.' },
  { name: 'Streams', description: 'WebSockets and streams of server-sent events.' },
  { name: 'Access', description: 'What stands for a user for a while.' },
  { name: 'Operations', description: 'For those who run the server.' },
]

const SECURITY_SCHEMES = {
  serverKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'A key of the server: the application itself, which may do everything.',
  },
  userToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The token of a user, who may do what concerns themselves.',
  },
  session: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: '`Session <session>`, out of the first frame of an open connection of this node.',
  },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: 'coterie_token',
    description: 'The token of a user, from a page whose Origin is allowed.',
  },
} as const

/** Describes all operations of an app. */
export function describeApi(app: OpenAPIHono<RestEnv>): OpenApiDocument {
  const manifest = new URL('../../package.json', import.meta.url)
  const { version, homepage } = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Coterie',
      version,
      description: DESCRIPTION,
      license: LICENSE,
      contact: { name: 'Coterie', url: homepage },
    },
    servers: [{ url: '/', description: 'The server that this comes from.' }],
    tags: TAGS,
  })
  const components = { ...document.components, securitySchemes: SECURITY_SCHEMES }
  return suitGenerators({ ...document, components })
}
