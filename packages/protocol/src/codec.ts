import type { z } from 'zod'
import { type ErrorCode, RealtimeError } from './errors.ts'
import { CLIENT_FRAMES, type ClientFrame, type ClientFrameType } from './frames/client-frame.ts'
import { frameId } from './frames/frame.ts'
import type { ServerFrameType } from './frames/server-frame.ts'
import { scanJson } from './json-scan.ts'
import { err, ok, type Result } from './result.ts'
import { cutText, HALF_CHARACTER, isWellFormedJson } from './well-formed.ts'

// One type for all: for the union of all schemas the type checker would try every combination.
const SCHEMAS: Readonly<Record<ClientFrameType, z.ZodType<ClientFrame>>> = CLIENT_FRAMES

/** A client frame, and its payload as the text that the sender wrote. */
export interface DecodedFrame {
  readonly frame: ClientFrame
  /** The JSON text of `payload`; undefined when the frame has none. */
  readonly payloadText: string | undefined
}

/** Why a message cannot be handled as a frame. */
export type DecodeFailure =
  /** Not a JSON object, or too deep: the connection closes with 1007. */
  | { readonly kind: 'not_a_frame'; readonly reason: string }
  /** A JSON object but not a valid frame: it gets an error and the connection stays open. */
  | { readonly kind: 'refused'; readonly id: string | undefined; readonly error: RealtimeError }

/** Reads one client message: depth, JSON, type and shape, in this order. */
export function decodeClientFrame(
  text: string,
  maxDepth: number,
): Result<DecodedFrame, DecodeFailure> {
  const scan = scanJson(text, maxDepth, 'payload')
  if (scan.tooDeep) return notAFrame(`JSON is nested deeper than ${maxDepth} levels`)
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return notAFrame('not a JSON object')
  }

  const { type, id: givenId } = value as { type?: unknown; id?: unknown }
  const readId = frameId.safeParse(givenId)
  const id = readId.success ? readId.data : undefined
  if (!isWellFormedJson(text)) return refused(id, 'bad_frame', `a text ${HALF_CHARACTER}`)
  if (typeof type !== 'string') return refused(id, 'bad_frame', 'type: expected a string')
  if (!Object.hasOwn(CLIENT_FRAMES, type)) {
    const known = Object.keys(CLIENT_FRAMES).join(', ')
    return refused(id, 'unknown_type', `unknown frame type ${quote(type)}; known are ${known}`)
  }

  const parsed = SCHEMAS[type as ClientFrameType].safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const field = issue?.path.join('.') || 'frame'
    return refused(id, 'bad_frame', `${field}: ${issue?.message ?? 'wrong shape'}`, { field })
  }
  const frame = parsed.data
  // A payload that cannot be cut out is serialised again, like the other fields.
  const { inexactNumber } = scan.member === undefined ? scanJson(text, maxDepth, undefined) : scan
  if (inexactNumber !== undefined) {
    return refused(id, 'bad_frame', describeInexactNumber(inexactNumber))
  }
  const payloadText =
    'payload' in frame ? (scan.member ?? JSON.stringify(frame.payload)) : undefined
  return ok({ frame, payloadText })
}

/** Describes why a number cannot be held exactly by a double. */
export function describeInexactNumber(number: string): string {
  return `the number ${cutText(number, 40)} would be rounded: send it as a string`
}

/**
 * Writes a server frame.
 *
 * @param fields the frame's other fields as the text of a JSON object
 */
export function encodeServerFrame(type: ServerFrameType, fields: string): string {
  return fields === '{}' ? `{"type":"${type}"}` : `{"type":"${type}",${fields.slice(1)}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function notAFrame(reason: string): Result<DecodedFrame, DecodeFailure> {
  return err({ kind: 'not_a_frame', reason })
}

function refused(
  id: string | undefined,
  code: ErrorCode,
  message: string,
  details?: Record<string, unknown>,
): Result<DecodedFrame, DecodeFailure> {
  return err({ kind: 'refused', id, error: new RealtimeError(code, message, { details }) })
}

// A hostile type must not be echoed in full, nor break a log line.
function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${cutText(text, 40)}…` : text)
}
