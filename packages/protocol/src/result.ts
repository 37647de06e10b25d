import { type ErrorCode, RealtimeError, type RealtimeErrorOptions } from './errors.ts'

/** The outcome of an operation that may be refused: a value or an error. */
export type Result<T, E = RealtimeError> = Ok<T> | Err<E>

/** The successful half of a `Result`. */
export interface Ok<T> {
  readonly ok: true
  readonly value: T
}

/** The refused half of a `Result`. */
export interface Err<E> {
  readonly ok: false
  readonly error: E
}

/** Wraps a value as a successful `Result`. */
export function ok<T>(value: T): Ok<T> {
  return { ok: true, value }
}

/** Wraps an error as a refused `Result`. */
export function err<E>(error: E): Err<E> {
  return { ok: false, error }
}

/** Makes a refused `Result` from an error code and a message for people. */
export function refuse(
  code: ErrorCode,
  message: string,
  options?: RealtimeErrorOptions,
): Err<RealtimeError> {
  return err(new RealtimeError(code, message, options))
}
