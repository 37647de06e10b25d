import { nowMicros, TIME_DIGITS } from '../peers/payload.ts'

/** How long deliveries took, in ms. */
export interface Latency {
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Collects how long deliveries took, from the times that they carry. */
export class LatencySamples {
  #micros: number[] = []

  /** Notes one delivery; its time begins at `start`. */
  add(data: Buffer, start: number): void {
    const sentMicros = Number(data.toString('latin1', start, start + TIME_DIGITS))
    this.addMicros(nowMicros() - sentMicros)
  }

  addMicros(micros: number): void {
    this.#micros.push(micros)
  }

  /** Returns the percentiles and starts again. */
  take(): Latency {
    const sorted = Float64Array.from(this.#micros).sort()
    this.#micros = []
    const at = (part: number): number =>
      (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN) / 1_000
    return { p50Ms: at(0.5), p99Ms: at(0.99) }
  }
}
