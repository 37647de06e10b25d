import { buildPage } from '../chat/build-page.mjs'

await buildPage(new URL('.', import.meta.url), {
  bundled: ['whiteboard.ts', 'whiteboard.css'],
  copied: ['index.html'],
})
