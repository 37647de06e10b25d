import { type Clock, createMemoryEngine } from '@coterie/server'
import type { Engine } from '@coterie/server/engine'

export { engineConformance } from '@coterie/testing'

/** Makes the engine that somebody else wrote. */
export function createMyEngine({ clock }: { clock: Clock; place: string }): Engine {
  return createMemoryEngine({ clock })
}
