import { z } from '@hono/zod-openapi'
import { jsonAnswer } from './content.ts'
import { operation } from './operation.ts'

const TAG = ['Operations']

export const getLiveness = operation({
  method: 'get',
  path: '/health/live',
  tags: TAG,
  summary: 'Whether the process lives',
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

export const getReadiness = operation({
  method: 'get',
  path: '/health/ready',
  tags: TAG,
  summary: 'Whether the server can serve',
  responses: {
    200: jsonAnswer('It can.', readiness, { status: 'ready' }),
    503: jsonAnswer('It cannot, or not yet.', readiness, { status: 'draining' }),
  },
})

export const getDocument = operation({
  method: 'get',
  path: '/openapi.json',
  tags: TAG,
  summary: 'This description, as OpenAPI 3.1',
  responses: {
    200: { description: 'The document.', content: { 'application/json': { schema: {} } } },
  },
})

export const getReference = operation({
  method: 'get',
  path: '/docs',
  tags: TAG,
  summary: 'This description, as a page to read',
  responses: {
    200: { description: 'The page.', content: { 'text/html': { schema: { type: 'string' } } } },
  },
})
