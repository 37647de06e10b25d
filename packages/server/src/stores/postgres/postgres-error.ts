import { RealtimeError } from '@coterie/protocol'

/** Values that a column's type cannot hold, such as text with a NUL. */
const DATA_EXCEPTION = '22'
const IN_EACH_OTHERS_WAY = ['40001', '40P01']

/** Translates an error of `pg` into plain words. */
export function translatePostgresError(error: unknown): RealtimeError {
  const reason = describe(error)
  if (codeOf(error)?.startsWith(DATA_EXCEPTION)) {
    return new RealtimeError(
      'invalid_payload',
      `Postgres cannot keep a value: ${reason}; text must be Unicode without U+0000`,
      { cause: error },
    )
  }
  return new RealtimeError('unavailable', `Postgres failed: ${reason}`, { cause: error })
}

/** Tells whether transactions conflicted, so that a retry may succeed. */
export function mayRunAgain(error: unknown): boolean {
  const code = error instanceof RealtimeError ? codeOf(error.cause) : undefined
  return code !== undefined && IN_EACH_OTHERS_WAY.includes(code)
}

/** Tells whether a connection is still usable: the server answered and runs on. */
export function isConnectionUsable(error: unknown): boolean {
  const code = error instanceof RealtimeError ? codeOf(error.cause) : undefined
  // An SQLSTATE has five characters, like some system errors such as EPIPE. Class 57 means that
  // the server stops, class 08 that the connection is lost.
  return code !== undefined && /^[0-9][0-9A-Z]{4}$/.test(code) && !/^(57|08)/.test(code)
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

// A host with several addresses fails with several errors and an empty message.
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join(', ')
  return error instanceof Error ? error.message : String(error)
}
