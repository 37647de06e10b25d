import type { FieldProblem } from './field-problem.ts'
import { textProblem } from './text-problem.ts'

/** Users that a request may exclude at most. */
export const MAX_EXCLUDED = 10_000
const MAX_ID_CHARACTERS = 512

/** Says what is wrong with a list of excluded users; undefined if it is valid. */
export function excludedProblem(ids: readonly string[] | undefined): FieldProblem | undefined {
  if (ids === undefined) return undefined
  if (!Array.isArray(ids) || ids.length > MAX_EXCLUDED) {
    return `exclude: expected a list of at most ${MAX_EXCLUDED} user ids`
  }
  for (const [index, id] of ids.entries()) {
    const problem = textProblem(id, 1, MAX_ID_CHARACTERS)
    if (problem !== undefined) return `exclude.${index}: ${problem}`
  }
  return undefined
}
