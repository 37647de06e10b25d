import { type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { PasswordHasher } from '../ports/password-hasher.ts'
import type { Random } from '../ports/random.ts'

const SALT_BYTES = 16
const KEY_BYTES = 32
/** OWASP's advice of 2023: 2^17 costs 128 MiB, 2^15 with p = 3 costs 32 MiB. */
const COST = 32_768
const BLOCK_SIZE = 8
const PARALLELISM = 3
/** Threads of Node's pool by default. */
const DEFAULT_POOL_THREADS = 4
/** Threads and processors left for tokens, files, DNS and the event loop. */
const LEFT_THREADS = 2
const LEFT_PROCESSORS = 1
/** Read once: the answer comes from files of the system. */
const PROCESSORS = availableParallelism()

/**
 * Makes a scrypt hasher that runs outside of the event loop and leaves threads
 * of its pool free, so that verifying tokens does not wait.
 *
 * @see RFC 7914
 */
export function createScryptHasher(random: Random): PasswordHasher {
  const poolThreads = Number(process.env.UV_THREADPOOL_SIZE) || DEFAULT_POOL_THREADS
  return {
    concurrent: Math.max(1, Math.min(poolThreads - LEFT_THREADS, PROCESSORS - LEFT_PROCESSORS)),

    async hash(password) {
      const salt = Buffer.from(random.bytes(SALT_BYTES))
      const key = await derive(password, salt, COST, BLOCK_SIZE, PARALLELISM)
      const fields = [COST, BLOCK_SIZE, PARALLELISM, salt.toString('base64url')]
      return `scrypt:${fields.join(':')}:${key.toString('base64url')}`
    },

    async verify(password, hash) {
      const [name, cost, blockSize, parallelism, salt = '', key = ''] = hash.split(':')
      if (name !== 'scrypt') return false
      const expected = Buffer.from(key, 'base64url')
      const actual = await derive(
        password,
        Buffer.from(salt, 'base64url'),
        Number(cost),
        Number(blockSize),
        Number(parallelism),
      )
      return actual.length === expected.length && timingSafeEqual(actual, expected)
    },
  }
}

function derive(
  password: string,
  salt: Buffer,
  cost: number,
  blockSize: number,
  parallelization: number,
): Promise<Buffer> {
  const options: ScryptOptions = { cost, blockSize, parallelization, maxmem: 256 * 1_048_576 }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}
