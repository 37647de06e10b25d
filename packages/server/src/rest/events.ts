import type {
  ServerSentEventRequest,
  SseService,
} from '../features/connections/connection-service.ts'
import { broadcastEvent, createEvent } from './contracts/events.ts'
import type { RestRouter } from './rest-router.ts'
import { unwrap } from './unwrap.ts'

type EventBody = Pick<ServerSentEventRequest, 'event' | 'data' | 'priority'> & {
  readonly retry?: number | null | undefined
  readonly comment?: string | null | undefined
}

/** Lets an application send events of its own to streams. */
export function serveEvents(router: RestRouter, streams: SseService): void {
  router.serve(createEvent, (context) => {
    const created = unwrap(streams.createEvent(readRequest(context.req.valid('json'))))
    unwrap(streams.broadcastEvent(created))
    const { id, event, data, priority, retry = null, comment = null } = created
    return context.json({ id, event, data, priority, retry, comment }, 201)
  })

  router.serve(broadcastEvent, (context) => {
    const { recipients, exclude, ...body } = context.req.valid('json')
    const created = unwrap(streams.createEvent(readRequest(body)))
    return context.json(unwrap(streams.broadcastEvent(created, { recipients, exclude })), 200)
  })
}

function readRequest({ retry, comment, ...rest }: EventBody): ServerSentEventRequest {
  return { ...rest, retry: retry ?? undefined, comment: comment ?? undefined }
}
