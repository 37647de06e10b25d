const memory = new Map<string, string>()

/** Reads what this window keeps; undefined when it is not there or no JSON. */
export function readStored(key: string): unknown {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? memory.get(key) ?? 'null') ?? undefined
  } catch {
    return undefined
  }
}

/** Keeps a value for this window alone: two windows are two people. */
export function writeStored(key: string, value: unknown): void {
  const text = JSON.stringify(value)
  try {
    sessionStorage.setItem(key, text)
  } catch {
    // Storage may be full or forbidden; then it lasts as long as the page.
    memory.set(key, text)
  }
}

/** Forgets everything that this window keeps. */
export function clearStored(): void {
  memory.clear()
  try {
    sessionStorage.clear()
  } catch {
    // Forbidden storage holds nothing.
  }
}
