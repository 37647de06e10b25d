/** Bytes of a payload as JSON, its quotes included. */
export const PAYLOAD_BYTES = 128

/** Begins each payload and stands nowhere else in any peer's frames: it counts deliveries. */
export const DELIVERY_MARK = '~'

/** Digits of the time in a payload. */
export const TIME_DIGITS = 16

const UNFILLED_BYTES = 2 + DELIVERY_MARK.length + TIME_DIGITS

/** Returns the monotonic time in µs, the same in all processes of the machine. */
export function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n)
}

/** Makes a payload of so many bytes as JSON that tells when it was made. */
export function timedPayload(bytes = PAYLOAD_BYTES): string {
  const filling = 'x'.repeat(bytes - UNFILLED_BYTES)
  return `${DELIVERY_MARK}${String(nowMicros()).padStart(TIME_DIGITS, '0')}${filling}`
}
