import { copyJson, type ErrorCode, refuse } from '@coterie/protocol'

/**
 * What is wrong with a field of a request. It begins with the field's name in
 * REST; a nested field is a path with dots.
 */
export type FieldProblem = `${string}: ${string}`

/** Refuses a request because of one field, which `details.field` names. */
export function refuseField(
  problem: FieldProblem,
  code: ErrorCode = 'invalid_payload',
  cause?: unknown,
) {
  return refuse(code, problem, {
    details: { field: problem.slice(0, problem.indexOf(': ')) },
    cause,
  })
}

/** Says where a value is not valid JSON; undefined if all of it is. */
export function misfitProblem(field: string, value: unknown): FieldProblem | undefined {
  const copy = copyJson(value, field)
  // The message begins with the path below the field.
  return copy.ok ? undefined : (copy.error.message as FieldProblem)
}
