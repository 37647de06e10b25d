import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { Hono } from 'hono'

const FILES = ['index.html', 'chat.js', 'chat.css', 'icon.svg']
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/**
 * Answers requests for the page, which is read once.
 *
 * @throws {Error} when the page was not built
 */
export function pageRoutes(folder: string, files: readonly string[] = FILES): Hono {
  const app = new Hono()
  for (const name of files) {
    const content = readPage(folder, name)
    const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`
    // `no-cache` asks each time and gets a 304: a page never outlives its server's version.
    const headers = { 'Cache-Control': 'no-cache', ETag: tag }
    app.get(name === 'index.html' ? '/' : `/${name}`, (context) =>
      context.req.header('If-None-Match') === tag
        ? context.body(null, 304, headers)
        : context.body(content, 200, { ...headers, 'Content-Type': TYPES[extname(name)] ?? '' }),
    )
  }
  return app
}

function readPage(folder: string, name: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(join(folder, name)))
  } catch (cause) {
    throw new Error(`the page is not built: ${name} is missing in ${folder}; run build.mjs`, {
      cause,
    })
  }
}
