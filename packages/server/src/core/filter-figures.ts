/** Counters of the filters of stored subscriptions. */
export interface FilterFigures {
  /** Steps that filters took: values visited, and comparisons made. */
  steps: number
  /**
   * Times that a filter did not match because the steps of its user, or of the event,
   * were used up.
   */
  spent: number
}

/** Makes counters that start at 0. */
export function createFilterFigures(): FilterFigures {
  return { steps: 0, spent: 0 }
}
