import { formatPosition, type PublishReply } from '@coterie/protocol'
import type { Appended } from '../ports/engine.ts'

/** Makes the reply that tells a publisher the position of the event. */
export function publishReply({ id, position, duplicate }: Appended): PublishReply {
  return { ...(position && { position: formatPosition(position) }), duplicate, id }
}
