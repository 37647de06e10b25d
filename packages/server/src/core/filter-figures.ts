/** What the hub counts of the filters of stored subscriptions. */
export interface FilterFigures {
  /** Steps that filters took: values visited, and comparisons. */
  steps: number
  /** Times a filter did not match because its user's steps for an event, or the event's, were spent. */
  spent: number
}

/** Makes figures that all stand at 0. */
export function createFilterFigures(): FilterFigures {
  return { steps: 0, spent: 0 }
}
