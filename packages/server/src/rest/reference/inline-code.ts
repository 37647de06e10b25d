import { html } from 'hono/html'

/** An escaped part of a page. */
export type Html = ReturnType<typeof html>

/** Renders a text with code in backquotes. */
export function inlineCode(text: string): Html {
  const parts = text.split('`')
  return html`${parts.map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`))}`
}
