// Plain JavaScript, so that it runs on whatever Node the machine has.
import { copyFileSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const page = (name) => fileURLToPath(new URL(`page/${name}`, import.meta.url))
const outdir = fileURLToPath(new URL('dist/page', import.meta.url))

mkdirSync(outdir, { recursive: true })
for (const name of ['index.html', 'icon.svg']) copyFileSync(page(name), `${outdir}/${name}`)
await build({
  entryPoints: [page('chat.ts'), page('chat.css')],
  outdir,
  bundle: true,
  minify: true,
  sourcemap: true,
  format: 'esm',
  target: 'es2022',
  conditions: ['coterie-source'],
  logLevel: 'warning',
})
