import { z } from 'zod'
import { parseUrl } from '../system/parse-url.ts'
import { sharedSecret } from './shared-secret.ts'
import {
  PUBLIC_KEY_ALGORITHMS,
  type PublicKeyAlgorithm,
  type PublicKeyText,
  publicKey,
} from './token-key.ts'

const MAX_CLOCK_TOLERANCE_MS = 300_000
const DEFAULT_CLOCK_TOLERANCE_MS = 5_000
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

const text = z.string().min(1)
const oneOrMore = z.union([text, z.array(text).min(1)], {
  error: 'expected a string or a list of strings',
})
const publicKeyText = z
  .custom<PublicKeyText>((value) => typeof value === 'string' || isObject(value), {
    error: 'expected a public key as PEM or JSON Web Key',
  })
  .superRefine((value, context) => {
    try {
      publicKey(value)
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message })
    }
  })

/** The options of user tokens. */
export const jwtOption = z
  .strictObject({
    /** Several secrets are accepted at once, so that one can replace another. */
    secrets: z.array(sharedSecret).min(1).exactOptional(),
    publicKeys: z.array(publicKeyText).min(1).exactOptional(),
    jwksUrl: z
      .string('expected an https:// URL (COTERIE_JWKS_URL), or leave the option out')
      .exactOptional(),
    /** Allows `http://` on this machine as `jwksUrl`, for tests. */
    allowLoopbackHttp: z.boolean().optional(),
    /** The algorithms that keys of `jwksUrl` may be used with. */
    algorithms: z.array(z.enum(PUBLIC_KEY_ALGORITHMS)).min(1).optional(),
    issuer: oneOrMore.exactOptional(),
    audience: oneOrMore.exactOptional(),
    clockToleranceMs: z.int().min(0).max(MAX_CLOCK_TOLERANCE_MS).optional(),
  })
  .superRefine(({ jwksUrl, allowLoopbackHttp = false, algorithms }, context) => {
    if (jwksUrl === undefined) {
      if (!algorithms) return
      const message =
        'only keys of jwksUrl have a choice of algorithms; set jwksUrl, or leave the option out'
      context.addIssue({ code: 'custom', path: ['algorithms'], message })
    } else if (!isJwksUrl(jwksUrl, allowLoopbackHttp)) {
      const message = 'expected an https:// URL without user and password (COTERIE_JWKS_URL)'
      context.addIssue({ code: 'custom', path: ['jwksUrl'], message })
    }
  })

/** The settings of user tokens with all defaults. */
export interface JwtSettings {
  readonly secrets: readonly string[]
  readonly publicKeys: readonly PublicKeyText[]
  readonly jwksUrl: string | undefined
  readonly algorithms: readonly PublicKeyAlgorithm[]
  /** Empty accepts every issuer, and tokens without one. */
  readonly issuers: readonly string[]
  /** A token must name one of these audiences; empty accepts all. */
  readonly audiences: readonly string[]
  /** How far the clocks of issuer and server may differ. @default 5_000 */
  readonly clockToleranceMs: number
}

/** Fills in the defaults. */
export function resolveJwt(
  options: z.output<typeof jwtOption>,
  jwtSecret: string | undefined,
): JwtSettings {
  const { secrets = [], publicKeys = [], issuer = [], audience = [] } = options
  return {
    secrets: jwtSecret === undefined ? secrets : [jwtSecret, ...secrets],
    publicKeys,
    jwksUrl: options.jwksUrl,
    algorithms: options.algorithms ?? PUBLIC_KEY_ALGORITHMS,
    issuers: [issuer].flat(),
    audiences: [audience].flat(),
    clockToleranceMs: options.clockToleranceMs ?? DEFAULT_CLOCK_TOLERANCE_MS,
  }
}

function isJwksUrl(value: string, allowsLoopbackHttp: boolean): boolean {
  const url = parseUrl(value)
  if (url?.username !== '' || url.password !== '') return false
  if (url.protocol === 'https:') return true
  return allowsLoopbackHttp && url.protocol === 'http:' && LOOPBACK.has(url.hostname)
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
