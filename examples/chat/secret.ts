import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const SECRET_BYTES = 32
const OWNER_ONLY = 0o600

/** Returns the secret that signs tokens: made once, then kept, so that they survive restarts. */
export function openSecret(dataDir: string): string {
  const path = join(dataDir, 'chat-secret')
  mkdirSync(dataDir, { recursive: true })
  try {
    // Fails where the file is there already, so that two starts at once agree on one secret.
    writeFileSync(path, randomBytes(SECRET_BYTES).toString('base64url'), {
      flag: 'wx',
      mode: OWNER_ONLY,
    })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const secret = readFileSync(path, 'utf8').trim()
  if (secret.length < SECRET_BYTES) {
    throw new Error(`${path} holds no secret; delete it and a new one is made`)
  }
  return secret
}
