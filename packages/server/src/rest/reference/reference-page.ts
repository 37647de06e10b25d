import { html, raw } from 'hono/html'
import type { OpenApiDocument } from '../suit-generators.ts'
import { type Html, inlineCode } from './inline-code.ts'
import { operationView, type ShownOperation } from './operation-view.ts'
import { STYLE } from './reference-style.ts'
import { type ShownSchema, schemaView } from './schema-view.ts'

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const

interface Route {
  readonly method: string
  readonly path: string
  readonly operation: ShownOperation
}

/** Makes the page that describes an API: self-contained, without scripts. */
export function referencePage(document: OpenApiDocument): Html {
  const { info, tags = [] } = document
  const routes = routesOf(document)
  const byTag = tags.map(({ name, description = '' }) => ({
    name,
    description,
    anchor: `tag-${name.toLowerCase().replaceAll(' ', '-')}`,
    routes: routes.filter(({ operation }) => operation.tags?.includes(name)),
  }))
  const schemas = Object.entries(document.components?.schemas ?? {}) as [string, ShownSchema][]
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} REST reference</title><style>${raw(STYLE)}</style></head>
<body><nav aria-label="Operations"><a href="#top"><strong>${info.title}</strong></a>
  <span class="soft">${info.version}</span>
  ${byTag.map(
    (tag) => html`<h2><a href="#${tag.anchor}">${tag.name}</a></h2>
      <ul>${tag.routes.map(linkTo)}</ul>`,
  )}
  <h2><a href="#schemas">Schemas</a></h2>
  <ul>${schemas.map(([name]) => html`<li><a href="#schema-${name}">${name}</a></li>`)}</ul></nav>
<main id="top"><h1>${info.title} REST reference</h1>
  ${(info.description ?? '').split('\n\n').map((text) => html`<p class="lead">${inlineCode(text)}</p>`)}
  <p>The same for programs: <a href="openapi.json">openapi.json</a>.</p>
  ${byTag.map(
    (tag) => html`<h2 id="${tag.anchor}">${tag.name}</h2><p class="soft">${tag.description}</p>
      ${tag.routes.map(({ method, path, operation }) => operationView(method, path, operation))}`,
  )}
  <h2 id="schemas">Schemas</h2>
  ${schemas.map(
    ([name, schema]) =>
      html`<article id="schema-${name}"><h3>${name}</h3>${schemaView(schema)}</article>`,
  )}</main></body></html>`
}

function routesOf({ paths = {} }: OpenApiDocument): Route[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method] as ShownOperation | undefined
      return operation ? [{ method, path, operation }] : []
    }),
  )
}

function linkTo({ method, operation }: Route): Html {
  return html`<li><a href="#${operation.operationId}">
    <span class="method ${method}">${method}</span>${operation.summary}</a></li>`
}
