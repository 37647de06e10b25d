/** Who may call a route, and so who is charged; those of streams have bounds of their own. */
export type RouteCaller = 'user' | 'application' | 'anyone' | 'session' | 'stream'

const BASE = '/api/realtime'
const lines = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim().replace(' /', ` ${BASE}/`))

const entries = (caller: RouteCaller, routes: readonly string[]): [string, RouteCaller][] =>
  routes.map((route) => [route, caller])

/** Every route of the document, and by whom its cost is caused. */
export const ROUTES: ReadonlyMap<string, RouteCaller> = new Map([
  ...entries('anyone', ['GET /health/live', 'GET /health/ready', 'GET /openapi.json', 'GET /docs']),
  ...entries('stream', lines('GET /events\nGET /ws')),
  ...entries('session', lines('POST /frames')),
  ...entries(
    'user',
    lines(`
    POST /tickets
    GET /channels
    GET /channels/{name}
    GET /channels/{name}/history
    GET /channels/{name}/presence
    GET /channels/{name}/state
    GET /channels/{name}/reads
    GET /notifications
    GET /notifications/unread-count
    GET /notifications/{id}
    POST /notifications/{id}/mark-read
    POST /notifications/mark-all-read
    GET /notification-preferences/{user_id}
    PUT /notification-preferences/{user_id}
    PATCH /notification-preferences/{user_id}
    GET /subscriptions
    GET /subscriptions/{id}
    DELETE /subscriptions/{id}
    PATCH /subscriptions/{id}/status
    POST /subscriptions/{id}/labels
    POST /subscriptions/resource
    POST /subscriptions/resource-type
    POST /subscriptions/topic
    POST /subscriptions/query
  `),
  ),
  ...entries('application', [
    'GET /metrics',
    ...lines(`
    POST /publish
    GET /rooms
    POST /rooms
    GET /rooms/{id}
    PATCH /rooms/{id}
    DELETE /rooms/{id}
    POST /rooms/{id}/kick
    GET /rooms/{id}/bans
    PUT /rooms/{id}/bans/{user}
    DELETE /rooms/{id}/bans/{user}
    POST /revocations
    GET /revocations
    DELETE /revocations
    POST /notifications
    POST /notifications/{id}/cancel
    GET /notifications/{id}/recipients
    GET /notification-deliveries
    POST /notification-deliveries/{id}/retry
    POST /resource-events
    GET /connections
    GET /connections/{id}
    DELETE /connections/{id}
    DELETE /users/{id}/connections
    POST /connections/{id}/messages
    POST /messages/broadcast
    POST /events
    POST /events/broadcast
    GET /dead-letters
    POST /dead-letters/{id}/replay
    DELETE /dead-letters/{id}
  `),
  ]),
])
