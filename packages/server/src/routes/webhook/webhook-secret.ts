import { createOptionError } from '@coterie/protocol'

const PREFIX = 'whsec_'
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
// 192 bits, as Standard Webhooks asks for; there is no reason to sign with less.
const MIN_BYTES = 24

/**
 * Reads a signing secret: `whsec_` and base64, or any other text as it is.
 *
 * @throws {TypeError} when it is shorter than 24 bytes, or not base64 after `whsec_`
 */
export function webhookKey(secret: string): Buffer {
  const isEncoded = secret.startsWith(PREFIX)
  const text = isEncoded ? secret.slice(PREFIX.length) : secret
  if (isEncoded && !BASE64.test(text)) {
    throw new TypeError('a webhook secret must be base64 after "whsec_"')
  }
  const key = Buffer.from(text, isEncoded ? 'base64' : 'utf8')
  if (key.length < MIN_BYTES) {
    throw new TypeError(`a webhook secret must have at least ${MIN_BYTES} bytes, not ${key.length}`)
  }
  return key
}

/** Reads all secrets that are valid at once. @throws {TypeError} when there is none, or a bad one */
export function webhookKeys(secrets: readonly string[]): readonly Buffer[] {
  if (!Array.isArray(secrets) || secrets.some((secret) => typeof secret !== 'string')) {
    // A secret that stands in the wrong place is still a secret.
    const shown = Array.isArray(secrets) ? 'a list of other values' : typeof secrets
    throw createOptionError('secrets', shown, 'a list of texts')
  }
  if (secrets.length === 0) throw new TypeError('webhooks need at least one secret')
  return secrets.map(webhookKey)
}
