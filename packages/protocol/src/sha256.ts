/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const ROUND_CONSTANTS = fractionsOfRoots(64, 1 / 3)
/** The same of the square roots of the first 8 primes. */
const INITIAL_STATE = fractionsOfRoots(8, 1 / 2)

/**
 * Digests bytes. Synchronous, which the Web Crypto API is not; for names, not for secrets.
 *
 * @see FIPS 180-4 section 6.2
 */
export function sha256(bytes: Uint8Array): Uint8Array {
  const words = padded(bytes)
  let state: readonly number[] = INITIAL_STATE
  for (let start = 0; start < words.length; start += 16) {
    const mixed = compress(state, words.slice(start, start + 16))
    state = state.map((word, index) => (word + at(mixed, index)) | 0)
  }
  return Uint8Array.from(
    { length: 32 },
    (_, index) => at(state, index >> 2) >> (24 - 8 * (index % 4)),
  )
}

function compress(state: readonly number[], schedule: number[]): readonly number[] {
  let mixed = state
  for (let round = 0; round < 64; round += 1) {
    if (round > 15) {
      const early = at(schedule, round - 15)
      const late = at(schedule, round - 2)
      schedule[round] =
        (at(schedule, round - 16) +
          (rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)) +
          at(schedule, round - 7) +
          (rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10))) |
        0
    }
    const [a, b, c, d, e, f, g, h] = mixed as Words
    const first =
      h +
      (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
      ((e & f) ^ (~e & g)) +
      at(ROUND_CONSTANTS, round) +
      at(schedule, round)
    const second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
    mixed = [(first + second) | 0, a, b, c, (d + first) | 0, e, f, g]
  }
  return mixed
}

type Words = [number, number, number, number, number, number, number, number]

// The bytes, a one, zeros, and the length in bits, as words of 32 bits and blocks of 16 words.
function padded(bytes: Uint8Array): number[] {
  const words: number[] = Array(((bytes.length + 8) >> 6) * 16 + 16).fill(0)
  for (const [index, byte] of [...bytes, 0x80].entries()) {
    words[index >> 2] = at(words, index >> 2) | (byte << (24 - 8 * (index % 4)))
  }
  words[words.length - 1] = bytes.length * 8
  return words
}

function fractionsOfRoots(count: number, exponent: number): number[] {
  const primes: number[] = []
  for (let candidate = 2; primes.length < count; candidate += 1) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate)
  }
  return primes.map((prime) => ((prime ** exponent % 1) * 0x1_0000_0000) | 0)
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}

function at(words: readonly number[], index: number): number {
  return words[index] ?? 0
}
