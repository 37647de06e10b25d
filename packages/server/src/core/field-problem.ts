import { copyJson, type ErrorCode, refuse } from '@coterie/protocol'

/**
 * What is wrong with a field of a request. The field comes first, as REST names
 * it; where it is inside of another, a path with dots.
 */
export type FieldProblem = `${string}: ${string}`

/** Refuses a request for one of its fields, which `details.field` names. */
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

/** Says where a value is not what JSON can carry; undefined where all of it is. */
export function misfitProblem(field: string, value: unknown): FieldProblem | undefined {
  const copy = copyJson(value, field)
  // The message begins with the place below the field.
  return copy.ok ? undefined : (copy.error.message as FieldProblem)
}
