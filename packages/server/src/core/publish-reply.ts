import { formatPosition, type PublishReply } from '@coterie/protocol'
import type { Appended } from '../ports/engine.ts'

/** Says where an event stands, as its publisher is told. */
export function publishReply({ id, position, duplicate }: Appended): PublishReply {
  return { ...(position && { position: formatPosition(position) }), duplicate, id }
}
