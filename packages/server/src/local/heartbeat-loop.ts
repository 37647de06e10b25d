import { reportUncaught } from './report-uncaught.ts'

/** Does something for a client. */
export type HeartbeatCallback<Client> = (client: Client) => void | Promise<void>

/** Takes what a callback threw for a client. */
export type HeartbeatErrorHandler<Client> = (error: unknown, client: Client) => void

/** What a loop does for each client it finds. */
export interface HeartbeatLoop<Client> {
  readonly onPing?: HeartbeatCallback<Client> | undefined
  readonly onTimeout?: HeartbeatCallback<Client> | undefined
  /** The client was given up; called once. */
  readonly onDead?: HeartbeatCallback<Client> | undefined
  /** Takes what a callback threw. @default writes it to the console */
  readonly onError?: HeartbeatErrorHandler<Client> | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Calls back for a client. Never throws, and never rejects.
 *
 * @returns resolves when the callback is done; undefined where it is done already
 */
export function callBack<Client>(
  client: Client,
  callback: HeartbeatCallback<Client> | undefined,
  onError: HeartbeatErrorHandler<Client>,
): Promise<void> | undefined {
  const report = (error: unknown): void => {
    try {
      onError(error, client)
    } catch (failure) {
      reportUncaught(failure)
    }
  }
  try {
    const called = callback?.(client)
    return called ? Promise.resolve(called).catch(report) : undefined
  } catch (error) {
    report(error)
    return undefined
  }
}
