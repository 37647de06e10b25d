import { getDocument, getReference } from './contracts/operations.ts'
import type { OpenApiDocument } from './openapi-document.ts'
import { referencePage } from './reference/reference-page.ts'
import { STYLE_HASH } from './reference/reference-style.ts'
import type { RestRouter } from './rest-router.ts'

const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    `default-src 'none'; style-src '${STYLE_HASH}'; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}

/** Serves the description of the API: for programs, and as a page to read. */
export function serveOpenApi(router: RestRouter, describe: () => OpenApiDocument): void {
  // Made when somebody asks: most servers are never asked.
  let document: OpenApiDocument | undefined
  const described = (): OpenApiDocument => {
    document ??= describe()
    return document
  }
  router.serve(getDocument, (context) => context.json(described(), 200) as never)

  router.serve(
    getReference,
    async (context) =>
      context.body(String(await referencePage(described())), 200, PAGE_HEADERS) as never,
  )
}
