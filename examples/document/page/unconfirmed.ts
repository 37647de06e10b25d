interface Sent {
  readonly text: string
  /** The version that has it; undefined until the server says which. */
  version?: number
}

/** Texts that were sent, until the document as the server tells it has them. */
export class Unconfirmed {
  readonly #sent = new Map<string, Sent>()

  get texts(): ReadonlyMap<string, string> {
    return new Map([...this.#sent].map(([id, { text }]) => [id, text]))
  }

  /** Keeps texts; the first function says which version has them, the second that none will. */
  add(texts: ReadonlyMap<string, string>): [confirm: (version: number) => void, drop: () => void] {
    const added = [...texts].map(([id, text]): [string, Sent] => [id, { text }])
    for (const [id, sent] of added) this.#sent.set(id, sent)
    const confirm = (version: number): void => {
      for (const [, sent] of added) sent.version = version
    }
    const drop = (): void => {
      for (const [id, sent] of added) if (this.#sent.get(id) === sent) this.#sent.delete(id)
    }
    return [confirm, drop]
  }

  /** Forgets the text of what is gone. */
  remove(id: string): void {
    this.#sent.delete(id)
  }

  /** Forgets what a version of the document has. */
  reached(version: number): void {
    for (const [id, sent] of this.#sent) {
      if (sent.version !== undefined && sent.version <= version) this.#sent.delete(id)
    }
  }
}
