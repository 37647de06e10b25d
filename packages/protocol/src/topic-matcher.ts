import { patternMatches } from './topic.ts'

interface Node<Id> {
  readonly children: Map<string, Node<Id>>
  readonly ids: Set<Id>
}

function createNode<Id>(): Node<Id> {
  return { children: new Map(), ids: new Set() }
}

/** Finds who subscribed to the patterns that match a channel, by a trie of segments. */
export class TopicMatcher<Id = string> {
  readonly #root = createNode<Id>()
  readonly #patternsById = new Map<Id, Set<string>>()

  /** Tells whether a pattern matches a channel name. */
  static patternMatches(pattern: string, channel: string): boolean {
    return patternMatches(pattern, channel)
  }

  /** Adds a pattern for an id; repeating it changes nothing. */
  subscribe(pattern: string, id: Id): void {
    let node = this.#root
    for (const segment of pattern.split(':')) {
      let child = node.children.get(segment)
      if (!child) {
        child = createNode()
        node.children.set(segment, child)
      }
      node = child
    }
    node.ids.add(id)
    const patterns = this.#patternsById.get(id)
    if (patterns) patterns.add(pattern)
    else this.#patternsById.set(id, new Set([pattern]))
  }

  /** Takes a pattern from an id; false when it was not subscribed. */
  unsubscribe(pattern: string, id: Id): boolean {
    const patterns = this.#patternsById.get(id)
    if (!patterns?.delete(pattern)) return false
    if (patterns.size === 0) this.#patternsById.delete(id)
    this.#remove(this.#root, pattern.split(':'), 0, id)
    return true
  }

  /** Takes all patterns from an id and returns them. */
  unsubscribeAll(id: Id): string[] {
    const patterns = [...(this.#patternsById.get(id) ?? [])]
    for (const pattern of patterns) this.unsubscribe(pattern, id)
    return patterns
  }

  /** Returns the ids whose patterns match a channel, each once, most specific first. */
  matchTopic(channel: string): Id[] {
    const found = new Set<Id>()
    this.#collect(this.#root, channel.split(':'), 0, found)
    return [...found]
  }

  /** True when no pattern is subscribed. */
  get isEmpty(): boolean {
    return this.#patternsById.size === 0
  }

  // A literal segment is more specific than `*`, and `*` than `#`, from the left.
  #collect(node: Node<Id>, segments: readonly string[], index: number, found: Set<Id>): void {
    const segment = segments[index]
    if (segment === undefined) {
      for (const id of node.ids) found.add(id)
      return
    }
    // An empty segment is in no channel name, so no wildcard stands for it.
    if (segment === '') return
    const literal = node.children.get(segment)
    if (literal) this.#collect(literal, segments, index + 1, found)
    const any = node.children.get('*')
    if (any) this.#collect(any, segments, index + 1, found)
    const rest = node.children.get('#')
    if (rest) for (const id of rest.ids) found.add(id)
  }

  #remove(node: Node<Id>, segments: readonly string[], index: number, id: Id): void {
    const segment = segments[index]
    if (segment === undefined) {
      node.ids.delete(id)
      return
    }
    const child = node.children.get(segment)
    if (!child) return
    this.#remove(child, segments, index + 1, id)
    if (child.ids.size === 0 && child.children.size === 0) node.children.delete(segment)
  }
}
