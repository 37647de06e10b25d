import { readStored, writeStored } from './storage.ts'

/** A message that the server was not heard to have. */
export interface UnsentMessage {
  readonly id: string
  readonly text: string
  readonly sentAtMs: number
}

/** Keeps what was written and not sent over a reload, by room. */
export class Unsent {
  readonly #key: string

  constructor(room: string) {
    this.#key = `unsent:${room}`
  }

  // Read again each time: a room that was left and entered again shares the storage.
  get messages(): readonly UnsentMessage[] {
    const stored = readStored(this.#key)
    return Array.isArray(stored) ? stored.filter(isUnsentMessage) : []
  }

  add(message: UnsentMessage): void {
    writeStored(this.#key, [...this.messages, message])
  }

  find(id: string): UnsentMessage | undefined {
    return this.messages.find((message) => message.id === id)
  }

  remove(id: string): void {
    const { messages } = this
    const others = messages.filter((message) => message.id !== id)
    if (others.length < messages.length) writeStored(this.#key, others)
  }
}

function isUnsentMessage(value: unknown): value is UnsentMessage {
  if (typeof value !== 'object' || value === null) return false
  const { id, text, sentAtMs } = value as Record<string, unknown>
  return typeof id === 'string' && typeof text === 'string' && typeof sentAtMs === 'number'
}
