import { type ClientLimits, RealtimeError } from '@coterie/protocol'

const encoder = new TextEncoder()
const STRINGS = /"(?:[^"\\]|\\.)*"/g

/**
 * Checks a frame's text against the server's limits; undefined when it fits.
 *
 * The server closes the whole connection, without reconnect, over a frame that is
 * too large or too deep: so such a frame must not be sent.
 */
export function findMisfit(text: string, limits: ClientLimits): RealtimeError | undefined {
  const { frame_bytes: maxBytes, json_depth: maxDepth } = limits
  // A UTF-16 unit takes at most three bytes of UTF-8, so small frames need no counting.
  if (text.length * 3 > maxBytes && encoder.encode(text).length > maxBytes) {
    return new RealtimeError('too_large', `the frame is larger than ${maxBytes} bytes`)
  }
  if (depthOf(text) > maxDepth) {
    return new RealtimeError('invalid_payload', `the frame nests deeper than ${maxDepth} levels`)
  }
  return undefined
}

function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  for (const character of text.replace(STRINGS, '')) {
    if (character === '{' || character === '[') depth += 1
    else if (character === '}' || character === ']') depth -= 1
    if (depth > deepest) deepest = depth
  }
  return deepest
}
