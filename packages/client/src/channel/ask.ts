import type { ClientFrameInput } from '@coterie/protocol'
import type { ChannelHost } from './channel-host.ts'
import { createUnattended } from './unattended.ts'

/** Sends a frame as soon as there is a connection, and returns what its answer says. */
export function ask<Answer>(
  host: Pick<ChannelHost, 'requestSoon'>,
  frame: ClientFrameInput,
  read: (reply: unknown) => Answer,
): Promise<Answer> {
  return createUnattended<Answer>((resolve, reject) => {
    host.requestSoon(frame, (result) => {
      if (result.ok) resolve(read(result.value))
      else reject(result.error)
    })
  })
}
