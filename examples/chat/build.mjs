// Plain JavaScript, so that it runs on whatever Node the machine has.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const pagePath = (name) => fileURLToPath(new URL(`page/${name}`, import.meta.url))
const outdir = fileURLToPath(new URL('dist/page', import.meta.url))

const { outputFiles } = await build({
  entryPoints: [pagePath('chat.ts'), pagePath('chat.css')],
  outdir,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  conditions: ['coterie-source'],
  logLevel: 'warning',
  write: false,
})
mkdirSync(outdir, { recursive: true })
for (const { path, contents } of outputFiles) write(basename(path), contents)
for (const name of ['index.html', 'icon.svg']) write(name, readFileSync(pagePath(name)))

// Renamed into place: a server that starts at this moment reads the old file or the new one.
function write(name, contents) {
  const path = join(outdir, name)
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, contents)
  renameSync(unfinished, path)
}
