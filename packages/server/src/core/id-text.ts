import { RealtimeError } from '@coterie/protocol'
import { textProblem } from './text-problem.ts'

const MAX_ID_CHARACTERS = 200

/** Says what is wrong with the text of an id; undefined when it is valid. */
export function idTextProblem(id: unknown): string | undefined {
  return textProblem(id, 1, MAX_ID_CHARACTERS)
}

/** Returns a valid id text. @throws {RealtimeError} `invalid_payload`, with the id's name */
export function requireIdText(name: string, id: string): string {
  const problem = idTextProblem(id)
  if (problem === undefined) return id
  throw new RealtimeError('invalid_payload', `${name}: ${problem}`)
}
