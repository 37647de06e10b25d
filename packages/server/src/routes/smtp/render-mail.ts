import { html } from 'hono/html'
import type { OutgoingDelivery } from '../../ports/notification-sender.ts'
import { parseUrl } from '../../system/parse-url.ts'

/** The content of a mail. */
export interface MailContent {
  readonly subject: string
  readonly text: string
  readonly html?: string | undefined
}

/** Writes a notification as a mail: its title, message and actions, as text and as HTML. */
export async function renderMail({ payload }: OutgoingDelivery): Promise<MailContent> {
  const { title, message } = payload
  const actions = payload.actions.map(({ label, action }) => ({ label, link: linkOf(action) }))
  const lines = actions.map(({ label, link }) => `- ${label}${link === null ? '' : `: ${link}`}`)
  const items = actions.map(({ label, link }) =>
    link === null ? html`<li>${label}</li>` : html`<li><a href="${link}">${label}</a></li>`,
  )
  const page = html`<!doctype html>
<html><head><meta charset="utf-8"><title>${title}</title></head><body>
<h1>${title}</h1>
<p style="white-space: pre-line">${message}</p>
${items.length === 0 ? '' : html`<ul>${items}</ul>`}
</body></html>
`
  return {
    subject: title,
    text: [title, message, lines.join('\n')].filter((part) => part !== '').join('\n\n'),
    html: String(await page),
  }
}

/** An action is a link where it is a URL of the web, and else a word for programs. */
function linkOf(action: string): string | null {
  const url = parseUrl(action)
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : null
}
