import { RealtimeError } from '@coterie/protocol'

/** Requires an object with fields. @throws {RealtimeError} `invalid_payload` */
export function requireObject(name: string, given: unknown): void {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return
  throw new RealtimeError('invalid_payload', `${name}: expected an object of its fields`)
}
