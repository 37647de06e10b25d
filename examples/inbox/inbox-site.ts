import { fileURLToPath } from 'node:url'
import type { HubOptions } from '@coterie/server'

export { answerNotices } from './answer-notices.ts'
export { inboxSessionRoutes } from './inbox-sessions.ts'

/** The folder of the built page. */
export const INBOX_PAGE = fileURLToPath(new URL('dist/page', import.meta.url))

/** What the page consists of. */
export const INBOX_FILES = ['index.html', 'inbox.js', 'inbox.css'] as const

/** The lobby, where one sees whom there is to write to. */
export const INBOX_CHANNELS = {
  'room:inbox:*': { presence: true },
} as const satisfies HubOptions['channels']
