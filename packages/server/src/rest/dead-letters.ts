import { formatPosition } from '@coterie/protocol'
import { isoTime } from '../core/iso-time.ts'
import type { DeadLetters } from '../features/triggers/durable/dead-letters.ts'
import type { DeadLetter } from '../ports/trigger-repository.ts'
import { discardDeadLetter, listDeadLetters, replayDeadLetter } from './contracts/dead-letters.ts'
import { jsonText } from './json-text.ts'
import { linkNextPage } from './next-page.ts'
import type { RestRouter } from './rest-router.ts'
import { unwrap } from './unwrap.ts'

/** Lets an operator view, replay and discard the dead letters of triggers. */
export function serveDeadLetters(router: RestRouter, deadLetters: DeadLetters): void {
  router.serve(listDeadLetters, async (context) => {
    const query = context.req.valid('query')
    const letters = unwrap(await deadLetters.list(query))
    const last = letters.length === query.limit ? letters.at(-1) : undefined
    if (last) linkNextPage(context, { before: String(last.id) })
    return jsonText(context, `[${letters.map((letter) => letterText(letter)).join(',')}]`)
  })

  router.serve(replayDeadLetter, async (context) => {
    const { id } = context.req.valid('param')
    const { status, letter } = unwrap(await deadLetters.replay(id))
    return jsonText(context, letterText(letter, { status }))
  })

  router.serve(discardDeadLetter, async (context) => {
    const { id } = context.req.valid('param')
    unwrap(await deadLetters.discard(id))
    return context.body(null, 204)
  })
}

// The payload is shown exactly as it was published.
function letterText(letter: DeadLetter, more: object = {}): string {
  const { id, trigger, channel, event, payload, from, attempts, error } = letter
  const fields = {
    id,
    trigger,
    channel,
    event,
    from,
    event_id: letter.eventId,
    timestamp: isoTime(letter.timestampMs),
    position: formatPosition(letter.position),
    attempts,
    error,
    first_tried_at: isoTime(letter.firstTriedAtMs),
    failed_at: isoTime(letter.failedAtMs),
    ...more,
  }
  return `{"payload":${payload},${JSON.stringify(fields).slice(1)}`
}
