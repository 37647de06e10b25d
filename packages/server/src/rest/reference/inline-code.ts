import { html } from 'hono/html'

/** A piece of a page, escaped already. */
export type Html = ReturnType<typeof html>

/** Shows a text in which backquotes mark code. */
export function inlineCode(text: string): Html {
  const parts = text.split('`')
  return html`${parts.map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`))}`
}
