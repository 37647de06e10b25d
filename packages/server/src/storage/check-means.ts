import { checkFunctions } from '@coterie/protocol'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'

/** What may be injected into an engine. */
interface Means {
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  readonly logger?: Logger | undefined
}

/** Checks what is injected into an engine. @throws {TypeError} naming what it lacks */
export function checkMeans({ clock, random, logger }: Means): void {
  if (clock !== undefined) checkFunctions('clock', clock, ['now', 'elapsed', 'setTimer'])
  if (random !== undefined) checkFunctions('random', random, ['bytes'])
  if (logger !== undefined) checkFunctions('logger', logger, ['warn', 'error'])
}
