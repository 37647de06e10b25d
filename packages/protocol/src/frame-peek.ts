import { frameId } from './frames/frame.ts'
import { scanJson } from './json-scan.ts'

/** Characters to search at the start of a message. */
const HEAD_CHARACTERS = 2_048
/** Characters to search at its end: an id has at most 64, each escaped with at most six. */
const TAIL_CHARACTERS = 512
/** An id as the last member of an object that is not nested. */
const LAST_ID = /"id"\s*:\s*("(?:[^"\\]|\\.){1,384}")\s*\}\s*$/

/** What is known of a message without parsing it. */
export interface FramePeek {
  readonly type: string | undefined
  readonly id: string | undefined
}

/**
 * Finds the type and id of a message near its ends, whatever its length.
 *
 * Used to refuse a message without the cost of parsing. Both are undefined
 * when they are elsewhere in the message; only parsing finds them for certain.
 */
export function peekFrame(text: string): FramePeek {
  const head = text.slice(0, HEAD_CHARACTERS)
  const last = LAST_ID.exec(text.slice(-TAIL_CHARACTERS))?.[1]
  const id = frameId.safeParse(readString(last ?? memberOf(head, 'id')))
  return { type: readString(memberOf(head, 'type')), id: id.success ? id.data : undefined }
}

function memberOf(head: string, name: string): string | undefined {
  return scanJson(head, Number.POSITIVE_INFINITY, name).member
}

function readString(json: string | undefined): string | undefined {
  if (!json?.startsWith('"')) return undefined
  try {
    return JSON.parse(json) as string
  } catch {
    return undefined
  }
}
