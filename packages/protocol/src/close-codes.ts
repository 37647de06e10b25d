/** WebSocket close codes the protocol uses (RFC 6455 section 7.4 and its private range). */
export const CLOSE_CODES = {
  goingAway: 1001,
  notAFrame: 1007,
  tooLarge: 1009,
  internalError: 1011,
  serviceRestart: 1012,
  tooSlow: 4008,
  noHeartbeat: 4009,
  rateLimited: 4029,
  unavailable: 4030,
  protocolError: 4500,
  unauthenticated: 4501,
  refused: 4503,
} as const

/** A close code of the protocol. */
export type CloseCode = (typeof CLOSE_CODES)[keyof typeof CLOSE_CODES]

/**
 * Tells whether a client reconnects by itself after a close code.
 *
 * The range decides: 4500–4999, 1007 and 1009 mean that the same attempt would
 * end the same way.
 */
export function mayReconnect(code: number): boolean {
  return code < 4500 && code !== CLOSE_CODES.notAFrame && code !== CLOSE_CODES.tooLarge
}
