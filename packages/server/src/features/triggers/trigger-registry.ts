import { TopicMatcher } from '@coterie/protocol'
import type { RegisteredTrigger } from './registered-trigger.ts'

const NONE: readonly RegisteredTrigger[] = []

/** The triggers of one kind, found by channel and event in the order of their declaration. */
export class TriggerRegistry {
  readonly #byPattern = new TopicMatcher<Entry>()

  /** Adds a trigger for a pattern; returns what removes it. @param event undefined is any */
  add(pattern: string, event: string | undefined, trigger: RegisteredTrigger): () => void {
    const entry = { event, trigger }
    this.#byPattern.subscribe(pattern, entry)
    return () => {
      this.#byPattern.unsubscribe(pattern, entry)
    }
  }

  /** Returns the triggers of an event in a channel. */
  find(channel: string, event: string): readonly RegisteredTrigger[] {
    if (this.#byPattern.isEmpty) return NONE
    const found: RegisteredTrigger[] = []
    for (const entry of this.#byPattern.matchTopic(channel)) {
      if (entry.event === undefined || entry.event === event) found.push(entry.trigger)
    }
    return found.sort((one, other) => one.order - other.order)
  }
}

interface Entry {
  readonly event: string | undefined
  readonly trigger: RegisteredTrigger
}
