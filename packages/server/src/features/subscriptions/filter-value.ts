import type { JsonValue } from '@coterie/protocol'

const INDEX = /^(0|[1-9]\d*)$/
/** Characters of a text that count as one more step. */
const CHARACTERS_PER_STEP = 64

/** Bounds work by counting its steps. */
export interface StepMeter {
  /** True once more steps were taken than there were. */
  readonly isSpent: boolean
  /** Takes steps; false when they are used up. */
  take(steps: number): boolean
}

/** Takes any number of steps. */
export const UNMETERED: StepMeter = { isSpent: false, take: () => true }

/**
 * Returns what a document holds at a path; nothing where the path leads nowhere.
 * An array on the way stands for each of its elements, or for the one that a number names.
 */
export function valuesAt(document: unknown, path: readonly string[]): JsonValue[] {
  return readValues(document, path, UNMETERED)
}

/** Does the same for as long as there are steps, one for each value on the way. */
export function readValues(
  document: unknown,
  path: readonly string[],
  meter: StepMeter,
): JsonValue[] {
  const found: JsonValue[] = []
  collect(document, path, 0, found, meter)
  return found
}

/**
 * Writes a value of JSON so that two values are the same where their texts
 * are: the keys of objects are in order. Undefined when the steps do not suffice.
 */
export function canonicalText(value: JsonValue, meter: StepMeter = UNMETERED): string | undefined {
  const text = writeCanonical(value, meter)
  return meter.isSpent ? undefined : text
}

/** Counts the steps of looking at a text: more of them the longer it is. */
export function stepsOfText(text: string): number {
  return 1 + Math.floor(text.length / CHARACTERS_PER_STEP)
}

function writeCanonical(value: JsonValue, meter: StepMeter): string {
  if (!meter.take(typeof value === 'string' ? stepsOfText(value) : 1)) return ''
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) {
    return `[${value.map((item) => writeCanonical(item, meter)).join(',')}]`
  }
  const entries = Object.entries(value as Readonly<Record<string, JsonValue>>)
  entries.sort(([one], [other]) => (one < other ? -1 : 1))
  const members = entries.map(([key, inner]) => {
    meter.take(stepsOfText(key))
    return `${JSON.stringify(key)}:${writeCanonical(inner, meter)}`
  })
  return `{${members.join(',')}}`
}

function collect(
  value: unknown,
  path: readonly string[],
  index: number,
  found: JsonValue[],
  meter: StepMeter,
): void {
  if (!meter.take(1)) return
  const segment = path[index]
  if (segment === undefined) {
    found.push(value as JsonValue)
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) {
    if (!Object.hasOwn(value, segment)) return
    collect((value as Record<string, unknown>)[segment], path, index + 1, found, meter)
    return
  }
  if (INDEX.test(segment) && Number(segment) < value.length) {
    collect(value[Number(segment)], path, index + 1, found, meter)
  }
  for (const item of value) {
    if (meter.isSpent) return
    // As in MongoDB, an array within an array does not stand for its elements.
    if (!Array.isArray(item)) collect(item, path, index, found, meter)
  }
}
