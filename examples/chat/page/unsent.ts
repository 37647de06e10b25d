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
  #messages: readonly UnsentMessage[]

  constructor(room: string) {
    this.#key = `unsent:${room}`
    const stored = readStored(this.#key)
    this.#messages = Array.isArray(stored) ? stored.filter(isUnsentMessage) : []
  }

  get messages(): readonly UnsentMessage[] {
    return this.#messages
  }

  add(message: UnsentMessage): void {
    this.#keep([...this.#messages, message])
  }

  find(id: string): UnsentMessage | undefined {
    return this.#messages.find((message) => message.id === id)
  }

  remove(id: string): void {
    if (this.find(id)) this.#keep(this.#messages.filter((message) => message.id !== id))
  }

  #keep(messages: readonly UnsentMessage[]): void {
    this.#messages = messages
    writeStored(this.#key, messages)
  }
}

function isUnsentMessage(value: unknown): value is UnsentMessage {
  if (typeof value !== 'object' || value === null) return false
  const { id, text, sentAtMs } = value as Record<string, unknown>
  return typeof id === 'string' && typeof text === 'string' && typeof sentAtMs === 'number'
}
