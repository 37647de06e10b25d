import { buildPage } from '../chat/build-page.mjs'

await buildPage(new URL('.', import.meta.url), {
  bundled: ['document.ts', 'document.css'],
  copied: ['index.html'],
})
