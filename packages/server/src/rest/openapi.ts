import { once } from '../once.ts'
import { getDocument, getReference } from './contracts/operations.ts'
import { jsonText } from './json-text.ts'
import { referencePage } from './reference/reference-page.ts'
import { STYLE_HASH } from './reference/reference-style.ts'
import type { RestRouter } from './rest-router.ts'
import type { OpenApiDocument } from './suit-generators.ts'

const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    `default-src 'none'; style-src '${STYLE_HASH}'; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}

/** Serves the API description as JSON, and as a page. */
export function serveOpenApi(router: RestRouter, describe: () => OpenApiDocument): void {
  // Made on the first request, because most servers get none; and once, because anybody may ask.
  const document = once(() => JSON.stringify(describe()))
  const page = once(async () => String(await referencePage(describe())))

  router.serve(getDocument, (context) => jsonText(context, document()))
  router.serve(
    getReference,
    async (context) => context.body(await page(), 200, PAGE_HEADERS) as never,
  )
}
