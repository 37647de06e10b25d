import type { Closed } from '@coterie/testing'

/** A frame of the server, whatever it holds. */
export type Frame = Readonly<Record<string, unknown>> & { readonly type?: unknown }

/** One connection on which the page is played. */
export interface Player {
  /** What came so far, in its order. */
  readonly frames: readonly Frame[]
  /** How the server ended the connection; undefined while it is open. */
  readonly closed: Closed | undefined
  send(message: string | Uint8Array<ArrayBuffer>): void
  /** Waits until something has come. @throws {Error} when it does not come */
  until(condition: () => boolean): Promise<void>
  /** Does what the page says that happens meanwhile. @throws {Error} for what it cannot do */
  happen(sentence: string): Promise<void>
  end(): Promise<void>
}

/** Writes a message as the page shows it: what stands in angle brackets is put in. */
export function writeMessage(shown: string, number = 1): string {
  return shown
    .replaceAll('<n>', String(number))
    .replaceAll(/<([\d,]+) characters>/g, (_, count: string) => 'x'.repeat(amount(count)))
    .replaceAll(/<([\d,]+) levels>/g, (_, count: string) => nested(amount(count)))
    .replaceAll(/<([\d,]+) ids>/g, (_, count: string) => list(count, (index) => `"${index}"`))
    .replaceAll(/<([\d,]+) keys>/g, (_, count: string) => list(count, (index) => `"${index}":1`))
    .replaceAll(/<token of (\w+)(?: that ends in (\d+) s)?>/g, (_, user: string, seconds = '') =>
      `${user} ${seconds}`.trim(),
    )
}

/** Reads a number as the page writes it. */
export function amount(text: string): number {
  return Number(text.replaceAll(',', ''))
}

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels)
}

function list(count: string, item: (index: number) => string): string {
  return Array.from({ length: amount(count) }, (_, index) => item(index)).join(',')
}
