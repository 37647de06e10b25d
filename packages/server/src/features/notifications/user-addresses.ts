import { ok, type Result } from '@coterie/protocol'
import { refuseField } from '../../core/field-problem.ts'
import type { NotificationPreferences } from '../../ports/preference-repository.ts'
import type { Principal } from '../../ports/principal.ts'

/** Decides whether an address belongs to a user who wants to be notified there. */
export type AllowAddress = (request: {
  readonly principal: Principal
  readonly route: 'email' | 'webhook'
  readonly address: string
}) => boolean | Promise<boolean>

const ROUTES = [
  ['email', 'email', 'email'],
  ['webhookUrl', 'webhook', 'webhook_url'],
] as const

/**
 * Decides whether a user may be notified at the addresses of their own choice:
 * none, one that is set already, the e-mail address that their token proves
 * (`email` of its `user`, with `email_verified`), or what the application allows.
 */
export async function checkAddresses(
  principal: Principal,
  wanted: Partial<NotificationPreferences>,
  current: NotificationPreferences,
  allow: AllowAddress | boolean,
): Promise<Result<void>> {
  for (const [key, route, field] of ROUTES) {
    const address = wanted[key]
    if (address == null || address === current[key]) continue
    if (route === 'email' && address === provenEmail(principal)) continue
    const isAllowed =
      typeof allow === 'function' ? await allow({ principal, route, address }) : allow
    if (isAllowed) continue
    return refuseField(
      `${field}: only the application sets an address that it has proved to be yours`,
      'forbidden',
    )
  }
  return ok(undefined)
}

/**
 * Tells whether an address that a user may name only because it was set is
 * set no longer.
 */
export function isTakenAway(
  wanted: Partial<NotificationPreferences>,
  seen: NotificationPreferences,
  now: NotificationPreferences | undefined,
): boolean {
  return ROUTES.some(([key]) => {
    const address = wanted[key]
    return address != null && address === seen[key] && address !== now?.[key]
  })
}

function provenEmail({ profile }: Principal): string | undefined {
  if (typeof profile !== 'object' || profile === null || Array.isArray(profile)) return undefined
  const { email, email_verified: isVerified } = profile as Readonly<Record<string, unknown>>
  return isVerified === true && typeof email === 'string' ? email : undefined
}
