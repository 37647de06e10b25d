import { formatUuidV7 } from '@coterie/protocol'
import type { ClientEnvironment } from '../connection/environment.ts'

/** Makes an id by which the server recognises a resent frame. */
export function createId({ clock, random }: ClientEnvironment): string {
  const bytes = Uint8Array.from({ length: 10 }, () => Math.floor(random() * 256))
  return formatUuidV7(clock.now(), bytes)
}
