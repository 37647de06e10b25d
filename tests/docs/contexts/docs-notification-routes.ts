import type { JsonValue } from '@coterie/protocol'

/** Where mail is handed over, and who sends it. */
export const url = process.env.SMTP_URL ?? ''
export const from = 'Example <noreply@example.com>'

const known = new Map<string, JsonValue>()

/** Tells whether a webhook came before. */
export const isKnown = async (id: string): Promise<boolean> => known.has(id)

/** Notes what a webhook said. */
export async function remember(id: string, notification: JsonValue): Promise<void> {
  known.set(id, notification)
}
