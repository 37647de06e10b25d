import type { ClientFrameInput } from '@coterie/protocol'
import type { ChannelHost } from './channel-host.ts'
import { createUnattended } from './unattended.ts'

/** Sends a frame once the client is connected and returns the answer's payload. */
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
