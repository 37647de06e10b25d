/** What changed between two moments. */
export interface Difference<State> {
  /** Those that were not there, as they are now. */
  readonly joins: State[]
  /** Those that were there and differ, as they are now. */
  readonly updates: State[]
  /** Those that are gone, as they were. */
  readonly leaves: State[]
}

/** One consumer's place in a change log. */
export interface ChangeCursor<State> {
  /** Tells whether something was noted since the cursor last moved, though it may be undone. */
  hasChanges(): boolean
  /** Returns what changed since the cursor last moved, and moves it to this moment. */
  take(): Difference<State>
  /** Gives the cursor up, so that nothing is kept for it. Repeating it changes nothing. */
  close(): void
}

/** Changes that were noted while no cursor moved. */
interface Segment<State> {
  /** How each key was before it changed; undefined where it was not there. */
  readonly before: Map<string, State | undefined>
  /** Cursors that stand at its begin; with the last one it goes. */
  cursors: number
  previous: Segment<State> | undefined
  next: Segment<State> | undefined
  /** Size at which what came and went is looked for next. */
  tidyAt: number
}

const SMALL = 16

/**
 * Notes changes once, for any number of consumers who each ask what changed
 * since they last did.
 *
 * A change costs the same however many ask; asking costs as much as changed
 * since. Nothing is noted while nobody will ask, and nothing kept of who came
 * and went.
 */
export class ChangeLog<State> {
  readonly #now: (key: string) => State | undefined
  readonly #differs: (before: State, after: State) => boolean
  #last: Segment<State> | undefined

  /**
   * @param now how a key is now; undefined where it is not there
   * @param differs whether two states of one key are worth an update
   */
  constructor(
    now: (key: string) => State | undefined,
    differs: (before: State, after: State) => boolean,
  ) {
    this.#now = now
    this.#differs = differs
  }

  /** Notes that a key is about to change. */
  willChange(key: string): void {
    // Only the first change counts: it holds how the key was when the segment began.
    if (!this.#last || this.#last.before.has(key)) return
    this.#tidy(this.#last)
    this.#last.before.set(key, this.#now(key))
  }

  /** Opens a cursor that stands at this moment. */
  open(): ChangeCursor<State> {
    let segment: Segment<State> | undefined = this.#enter()
    return {
      hasChanges: () => segment !== undefined && hasChanges(segment),
      take: () => {
        if (!segment) return { joins: [], updates: [], leaves: [] }
        const difference = this.#since(segment)
        const isHere = segment === this.#last && segment.before.size === 0
        if (!isHere) {
          this.#leave(segment)
          segment = this.#enter()
        }
        return difference
      },
      close: () => {
        if (segment) this.#leave(segment)
        segment = undefined
      },
    }
  }

  #since(segment: Segment<State>): Difference<State> {
    const difference: Difference<State> = { joins: [], updates: [], leaves: [] }
    for (const [key, before] of notedSince(segment)) {
      const after = this.#now(key)
      if (before === undefined) {
        if (after !== undefined) difference.joins.push(after)
      } else if (after === undefined) difference.leaves.push(before)
      else if (this.#differs(before, after)) difference.updates.push(after)
    }
    return difference
  }

  #enter(): Segment<State> {
    const previous = this.#last
    if (!previous || previous.before.size > 0) {
      this.#last = { before: new Map(), cursors: 1, previous, next: undefined, tidyAt: SMALL }
      if (previous) previous.next = this.#last
      return this.#last
    }
    previous.cursors += 1
    return previous
  }

  #leave(segment: Segment<State>): void {
    segment.cursors -= 1
    if (segment.cursors > 0) return
    const { previous, next, before } = segment
    if (next) next.previous = previous
    else this.#last = previous
    if (!previous) return
    previous.next = next
    // Those who stand earlier still need what was noted here; what they have is older.
    for (const [key, state] of before) {
      if (!previous.before.has(key)) previous.before.set(key, state)
    }
    this.#tidy(previous)
  }

  // Who came and went is nothing to tell, unless later segments know them as present.
  #tidy(segment: Segment<State>): void {
    const { before } = segment
    if (before.size < segment.tidyAt) return
    for (const [key, state] of before) {
      const isGone = state === undefined && this.#now(key) === undefined
      if (isGone && !isNotedSince(segment.next, key)) before.delete(key)
    }
    segment.tidyAt = Math.max(SMALL, 2 * before.size)
  }
}

function hasChanges<State>(segment: Segment<State>): boolean {
  for (let each: Segment<State> | undefined = segment; each; each = each.next) {
    if (each.before.size > 0) return true
  }
  return false
}

function isNotedSince<State>(segment: Segment<State> | undefined, key: string): boolean {
  for (let each = segment; each; each = each.next) if (each.before.has(key)) return true
  return false
}

function notedSince<State>(segment: Segment<State>): ReadonlyMap<string, State | undefined> {
  if (!segment.next) return segment.before
  const merged = new Map(segment.before)
  for (let later: Segment<State> | undefined = segment.next; later; later = later.next) {
    for (const [key, before] of later.before) if (!merged.has(key)) merged.set(key, before)
  }
  return merged
}
