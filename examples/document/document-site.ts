import { fileURLToPath } from 'node:url'
import type { HubOptions } from '@coterie/server'

/** The folder of the built page. */
export const DOCUMENT_PAGE = fileURLToPath(new URL('dist/page', import.meta.url))

/** What the page consists of. */
export const DOCUMENT_FILES = ['index.html', 'document.js', 'document.css'] as const

/** The rooms that documents live in: what is typed, who is there, and a state that outlives all. */
export const DOCUMENT_CHANNELS = {
  'room:text:*': { history: { size: 1_000 }, presence: true, state: { persist: true } },
} as const satisfies HubOptions['channels']
