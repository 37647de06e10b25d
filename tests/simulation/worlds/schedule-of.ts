import fc from 'fast-check'

/** How many of a hundred schedules are long ones. */
const LONG_OF_100 = 10

/**
 * Makes schedules of steps: most with some ten of them, which are quick and easily
 * understood, and some with as many as there may be, for what takes long to build up.
 */
export function scheduleOf<Step>(
  step: fc.Arbitrary<Step>,
  maxSteps: number,
): fc.Arbitrary<readonly Step[]> {
  const steps = { minLength: 1, maxLength: maxSteps }
  return fc.oneof(
    { weight: 100 - LONG_OF_100, arbitrary: fc.array(step, { ...steps, size: 'small' }) },
    { weight: LONG_OF_100, arbitrary: fc.array(step, { ...steps, size: 'max' }) },
  )
}
