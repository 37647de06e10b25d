import { randomBytes } from 'node:crypto'
import type { Random } from '../ports/random.ts'

/** The randomness of the machine. */
export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
  next: () => Math.random(),
}
