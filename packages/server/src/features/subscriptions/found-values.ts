import type { JsonValue } from '@coterie/protocol'
import { canonicalText, type StepMeter } from './filter-value.ts'

type Plain = string | number | boolean | null

/** The smallest and the greatest of some values. */
interface Range<Value extends string | number> {
  min: Value
  max: Value
}

/**
 * What an event holds at a path, arranged so that a condition is answered by
 * a look-up. An array stands for itself and for each of its elements.
 */
export class FoundValues {
  readonly #values: readonly JsonValue[]
  #plain: Set<JsonValue> | undefined
  #texts: Set<string> | undefined
  #numbers: Range<number> | null | undefined
  #strings: Range<string> | null | undefined

  constructor(values: readonly JsonValue[]) {
    this.#values = values
  }

  /** True where the path leads nowhere. */
  get isEmpty(): boolean {
    return this.#values.length === 0
  }

  /** Tells whether a value without parts is among them. */
  has(value: Plain, meter: StepMeter): boolean {
    return meter.take(1) && (this.plain(meter)?.has(value) ?? false)
  }

  /** Tells whether an object or array is among them, given as its canonical text. */
  hasText(text: string, meter: StepMeter): boolean {
    return meter.take(1) && (this.#canonicalTexts(meter)?.has(text) ?? false)
  }

  /** Returns the values without parts; undefined when the steps do not suffice. */
  plain(meter: StepMeter): ReadonlySet<JsonValue> | undefined {
    if (this.#plain) return this.#plain
    const plain = new Set<JsonValue>()
    const isWhole = this.#each(meter, (value) => {
      if (typeof value !== 'object' || value === null) plain.add(value)
    })
    if (isWhole) this.#plain = plain
    return this.#plain
  }

  /** Returns the smallest and greatest number; null without numbers. */
  numbers(meter: StepMeter): Range<number> | null {
    if (this.#numbers !== undefined) return this.#numbers
    const range = this.#rangeOf(meter, (value) => typeof value === 'number')
    if (range !== undefined) this.#numbers = range
    return range ?? null
  }

  /** Returns the first and last string by code units; null without strings. */
  strings(meter: StepMeter): Range<string> | null {
    if (this.#strings !== undefined) return this.#strings
    const range = this.#rangeOf(meter, (value) => typeof value === 'string')
    if (range !== undefined) this.#strings = range
    return range ?? null
  }

  #canonicalTexts(meter: StepMeter): ReadonlySet<string> | undefined {
    if (this.#texts) return this.#texts
    const texts = new Set<string>()
    const isWhole = this.#each(meter, (value) => {
      if (typeof value !== 'object' || value === null) return
      const text = canonicalText(value, meter)
      if (text !== undefined) texts.add(text)
    })
    if (isWhole) this.#texts = texts
    return this.#texts
  }

  #rangeOf<Value extends string | number>(
    meter: StepMeter,
    isOfType: (value: JsonValue) => value is Value,
  ): Range<Value> | null | undefined {
    let range: Range<Value> | null = null
    const isWhole = this.#each(meter, (value) => {
      if (!isOfType(value)) return
      range ??= { min: value, max: value }
      if (value < range.min) range.min = value
      if (value > range.max) range.max = value
    })
    return isWhole ? range : undefined
  }

  // Goes on for as long as there are steps; false when they did not suffice.
  #each(meter: StepMeter, visit: (value: JsonValue) => void): boolean {
    for (const value of this.#values) {
      if (!meter.take(1)) return false
      visit(value)
      if (!Array.isArray(value)) continue
      if (!meter.take(value.length)) return false
      for (const item of value) visit(item)
    }
    return !meter.isSpent
  }
}
