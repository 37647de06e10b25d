import { z } from '@hono/zod-openapi'
import { jsonAnswer } from './content.ts'
import { operation, SERVER_KEY } from './operation.ts'

const TAG = ['Operations']
const DOCUMENT = { type: 'object' as const, additionalProperties: true }

/** The contract of `GET /health/live`. */
export const getLiveness = operation({
  operationId: 'getLiveness',
  method: 'get',
  path: '/health/live',
  tags: TAG,
  summary: 'Whether the process runs',
  description: 'An answer means that the process runs; nothing else is checked.',
  responses: {
    200: jsonAnswer('It does.', z.object({ status: z.literal('ok') })),
  },
})

const readiness = z
  .object({
    status: z.enum(['ready', 'starting', 'draining', 'unavailable']),
    reason: z.string().optional(),
  })
  .openapi('Health')

/** The contract of `GET /health/ready`. */
export const getReadiness = operation({
  operationId: 'getReadiness',
  method: 'get',
  path: '/health/ready',
  tags: TAG,
  summary: 'Whether the server can serve',
  description: 'Checks engine and store. A server that is shutting down is not ready.',
  responses: {
    200: jsonAnswer('It can.', readiness, { status: 'ready' }),
    503: jsonAnswer('It cannot, or not yet.', readiness, { status: 'draining' }),
  },
})

/** The contract of `GET /metrics`. */
export const getMetrics = operation({
  operationId: 'getMetrics',
  method: 'get',
  path: '/metrics',
  tags: TAG,
  summary: 'Figures of this node for Prometheus',
  description: 'No figure names a channel, a user or a tenant.',
  security: SERVER_KEY,
  responses: {
    200: {
      description: 'The figures, in the text format 0.0.4.',
      content: {
        'text/plain': {
          schema: { type: 'string' as const },
          example: '# TYPE coterie_users gauge\ncoterie_users 12\n',
        },
      },
    },
  },
})

/** The contract of `GET /openapi.json`. */
export const getDocument = operation({
  operationId: 'getOpenApiDocument',
  method: 'get',
  path: '/openapi.json',
  tags: TAG,
  summary: 'This description, as OpenAPI 3.1',
  description: 'The server checks requests against this description.',
  responses: {
    200: { description: 'The document.', content: { 'application/json': { schema: DOCUMENT } } },
  },
})

/** The contract of `GET /docs`. */
export const getReference = operation({
  operationId: 'getApiReference',
  method: 'get',
  path: '/docs',
  tags: TAG,
  summary: 'This description, as a page to read',
  description: 'The page loads nothing from other servers.',
  responses: {
    200: { description: 'The page.', content: { 'text/html': { schema: { type: 'string' } } } },
  },
})
