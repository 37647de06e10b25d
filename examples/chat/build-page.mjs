// Plain JavaScript, so that it runs on whatever Node the machine has.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/**
 * Builds an example's `page` folder into its `dist/page`.
 *
 * @param {URL} example the example's folder
 * @param {{bundled: readonly string[], copied: readonly string[]}} files names in `page`
 */
export async function buildPage(example, { bundled, copied }) {
  const pagePath = (name) => fileURLToPath(new URL(`page/${name}`, example))
  const outdir = fileURLToPath(new URL('dist/page', example))
  const { outputFiles } = await build({
    entryPoints: bundled.map(pagePath),
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
  for (const { path, contents } of outputFiles) write(join(outdir, basename(path)), contents)
  for (const name of copied) write(join(outdir, name), readFileSync(pagePath(name)))
}

// Renamed into place: a server that starts at this moment reads the old file or the new one.
function write(path, contents) {
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, contents)
  renameSync(unfinished, path)
}
