import { fileURLToPath } from 'node:url'
import type { ChannelOptions } from '@coterie/server'

/** The folder of the built page. */
export const WHITEBOARD_FOLDER = fileURLToPath(new URL('dist/page', import.meta.url))

/** The files of the page. */
export const WHITEBOARD_FILES = ['index.html', 'whiteboard.js', 'whiteboard.css'] as const

/** How boards behave: a picture that outlives a restart, and up to fifty people at it. */
export const BOARD_CHANNELS: Readonly<Record<string, ChannelOptions>> = {
  'room:board:*': { presence: true, state: { persist: true }, maxUsers: 50 },
}
