import '@coterie/example-document/build.mjs'
import '@coterie/example-inbox/build.mjs'
import '@coterie/example-whiteboard/build.mjs'
import { buildPage } from './build-page.mjs'

await buildPage(new URL('.', import.meta.url), {
  bundled: ['chat.ts', 'chat.css'],
  copied: ['index.html', 'icon.svg'],
})
