import type { ListenerCount } from './listener-count.ts'
import { ListenerSet } from './listener-set.ts'
import { reportError } from './report-error.ts'

/**
 * A value that changes: call it to read, subscribe to be told of changes.
 *
 * Reading gives the same reference until the value changes, so a signal fits
 * React's `useSyncExternalStore(signal.subscribe, signal)`.
 */
export interface Signal<T> {
  (): T
  /** Calls the listener after each change; the returned function removes it. */
  subscribe(listener: (value: T) => void): () => void
}

/** A signal that its owner may set. */
export interface WritableSignal<T> extends Signal<T> {
  /** Sets the value; setting an equal one (`Object.is`) changes nothing. */
  set(value: T): void
}

/**
 * Creates a signal that can be set.
 *
 * @example
 * const draft = createSignal('')
 * const off = draft.subscribe((text) => console.log(text))
 * draft.set('hello')
 * off()
 */
export function createSignal<T>(initial: T): WritableSignal<T> {
  return createCountedSignal(initial, undefined)
}

/** Creates a signal whose listeners count as listeners of the whole it belongs to. */
export function createCountedSignal<T>(
  initial: T,
  count: ListenerCount | undefined,
): WritableSignal<T> {
  let value = initial
  const listeners = new ListenerSet<T>(reportError, count)
  return Object.assign(() => value, {
    subscribe: (listener: (value: T) => void) => listeners.add(listener),
    set: (next: T) => {
      if (Object.is(value, next)) return
      value = next
      listeners.emit(next)
    },
  })
}

type Values<Sources extends readonly Signal<unknown>[]> = {
  readonly [Index in keyof Sources]: Sources[Index] extends Signal<infer T> ? T : never
}

/** Creates a read-only signal computed from others, recomputed only when one changes. */
export function deriveSignal<const Sources extends readonly Signal<unknown>[], T>(
  sources: Sources,
  compute: (...values: Values<Sources>) => T,
): Signal<T> {
  let inputs: unknown[] | undefined
  let value: T
  const read = (): T => {
    const current = sources.map((source) => source())
    if (!inputs || current.some((input, index) => !Object.is(input, inputs?.[index]))) {
      inputs = current
      value = compute(...(current as unknown as Values<Sources>))
    }
    return value
  }
  return Object.assign(read, {
    subscribe: (listener: (value: T) => void) => {
      let last = read()
      const check = (): void => {
        const next = read()
        if (Object.is(next, last)) return
        last = next
        listener(next)
      }
      const offs = sources.map((source) => source.subscribe(check))
      return () => {
        for (const off of offs) off()
      }
    },
  })
}
