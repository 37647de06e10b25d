import { RealtimeError } from '@coterie/protocol'

/** Values that the type of a column cannot hold, such as text with a zero byte. */
const DATA_EXCEPTION = '22'
const IN_EACH_OTHERS_WAY = ['40001', '40P01']

/** Says what an error of `pg` means to those who know no databases. */
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

/** Tells whether a transaction got into the way of another, and may succeed when it runs again. */
export function mayRunAgain(error: unknown): boolean {
  const code = error instanceof RealtimeError ? codeOf(error.cause) : undefined
  return code !== undefined && IN_EACH_OTHERS_WAY.includes(code)
}

/** Tells whether a connection can be used after an error: the server answered, and goes on. */
export function isConnectionUsable(error: unknown): boolean {
  const code = error instanceof RealtimeError ? codeOf(error.cause) : undefined
  // An SQLSTATE has five characters, a system's error such as EPIPE may have as many; class 57 is
  // the server's own end, 08 that of the connection.
  return code !== undefined && /^[0-9][0-9A-Z]{4}$/.test(code) && !/^(57|08)/.test(code)
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

// A host with several addresses fails with several errors, and no message of its own.
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join(', ')
  return error instanceof Error ? error.message : String(error)
}
