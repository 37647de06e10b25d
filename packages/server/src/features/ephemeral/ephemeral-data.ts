import { type JsonValue, type Result, refuse } from '@coterie/protocol'
import { writeJson } from '../../core/write-json.ts'
import type { JsonText } from '../../ports/engine.ts'

/** Bytes that the `data` of an ephemeral event has at most. */
const MAX_DATA_BYTES = 4_096

/**
 * Checks what an ephemeral event carries, and writes it as text.
 *
 * Refuses values that are not JSON or have dangerous keys (`invalid_payload`),
 * and data of more than 4 KiB (`too_large`).
 */
export function writeEphemeralData(data: JsonValue): Result<JsonText> {
  const written = writeJson('data', data)
  if (written.ok && Buffer.byteLength(written.value) > MAX_DATA_BYTES) {
    return refuse('too_large', `data has at most ${MAX_DATA_BYTES} bytes`)
  }
  return written
}
