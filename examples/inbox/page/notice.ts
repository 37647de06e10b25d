import type { JsonValue, WebSocketClient } from '@coterie/client'

/** What the server makes a notification of. */
export interface Notice {
  /** Names. */
  readonly to: readonly string[]
  readonly type: string
  readonly priority: string
  readonly title: string
  readonly message: string
  /** What a button under it says. */
  readonly action?: string
  readonly expires_in_s?: number
}

/**
 * Asks the server to notify people.
 *
 * @throws {RealtimeError} by the promise: what was wrong, in words for people
 */
export function sendNotice({ connection }: WebSocketClient, notice: Notice): Promise<void> {
  const payload = { ...notice } as unknown as JsonValue
  return new Promise((resolve, reject) => {
    connection.request({ type: 'message', event: 'inbox.notify', payload }, (result) =>
      result.ok ? resolve() : reject(result.error),
    )
  })
}
