/** Names in one block before it is split in two. */
const MAX_BLOCK = 512

/** A sorted set of names, by code units, that can be paged without sorting. */
export class SortedNames {
  /** Blocks are sorted, and follow one another in order; only the first may be empty. */
  readonly #blocks: string[][]

  constructor(names: Iterable<string> = []) {
    const sorted = [...new Set(names)].sort()
    this.#blocks = [sorted.slice(0, MAX_BLOCK / 2)]
    for (let start = MAX_BLOCK / 2; start < sorted.length; start += MAX_BLOCK / 2) {
      this.#blocks.push(sorted.slice(start, start + MAX_BLOCK / 2))
    }
  }

  /** Adds a name. Idempotent. */
  add(name: string): void {
    const at = this.#blockOf(name)
    const block = this.#blocks[at] as string[]
    const index = firstNotBefore(block, name)
    if (block[index] === name) return
    block.splice(index, 0, name)
    if (block.length > MAX_BLOCK) this.#blocks.splice(at + 1, 0, block.splice(MAX_BLOCK / 2))
  }

  /** Removes a name. Idempotent. */
  remove(name: string): void {
    const at = this.#blockOf(name)
    const block = this.#blocks[at] as string[]
    const index = firstNotBefore(block, name)
    if (block[index] !== name) return
    block.splice(index, 1)
    if (block.length === 0 && this.#blocks.length > 1) this.#blocks.splice(at, 1)
  }

  /** Iterates over the names after a name, or over all names. */
  *after(name = ''): Iterable<string> {
    let at = this.#blockOf(name)
    let index = firstNotBefore(this.#blocks[at] as string[], name)
    for (; at < this.#blocks.length; at += 1, index = 0) {
      const block = this.#blocks[at] as string[]
      for (; index < block.length; index += 1)
        if (block[index] !== name) yield block[index] as string
    }
  }

  // The last block that begins at or before the name.
  #blockOf(name: string): number {
    let low = 0
    let high = this.#blocks.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#blocks[middle]?.[0] ?? '') <= name) low = middle
      else high = middle - 1
    }
    return low
  }
}

function firstNotBefore(block: readonly string[], name: string): number {
  let low = 0
  let high = block.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((block[middle] as string) < name) low = middle + 1
    else high = middle
  }
  return low
}
