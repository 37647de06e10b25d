import { buildPage } from '../chat/build-page.mjs'

await buildPage(new URL('.', import.meta.url), {
  bundled: ['inbox.ts', 'inbox.css'],
  copied: ['index.html'],
})
