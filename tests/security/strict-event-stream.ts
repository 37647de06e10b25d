/** One server-sent event, by a reader that takes nothing on trust. */
export interface StrictEvent {
  readonly id: string
  readonly event: string
  readonly data: string
}

const LINE = /^(id|event|data|retry): (.*)$/s
/** A line end of another kind anywhere, and NUL anywhere but in data. */
const FORBIDDEN = /\r|^(?!data: ).*\0/s

/**
 * Reads a stream of server-sent events, byte for byte as the server is to write
 * them.
 *
 * @throws {Error} for whatever else a reader may take for something
 */
export function readStrictly(text: string): StrictEvent[] {
  const end = text.lastIndexOf('\n\n')
  const blocks = text.slice(0, end).split('\n\n')
  return blocks.flatMap((block) => readBlock(block) ?? [])
}

function readBlock(block: string): StrictEvent | undefined {
  const fields: { id: string[]; event: string[]; data: string[]; retry: string[] } = {
    id: [],
    event: [],
    data: [],
    retry: [],
  }
  for (const line of block.split('\n')) {
    if (FORBIDDEN.test(line)) throw new Error(`a forbidden character in ${JSON.stringify(line)}`)
    if (line.startsWith(': ')) continue
    const [, name, value] = LINE.exec(line) ?? []
    if (name === undefined || value === undefined) {
      throw new Error(`no line of a stream: ${JSON.stringify(line)}`)
    }
    fields[name as keyof typeof fields].push(value)
  }
  const { id, event, data, retry } = fields
  if (event.length > 1 || id.length > 1 || retry.length > 1) {
    throw new Error(`a field twice in ${JSON.stringify(block)}`)
  }
  if (event.length === 0 && data.length === 0 && id.length === 0) return undefined
  return { id: id.join(), event: event.join(), data: data.join('\n') }
}
