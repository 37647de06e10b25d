import { html } from 'hono/html'
import { type Html, inlineCode } from './inline-code.ts'
import { fieldView, type ShownSchema, schemaView } from './schema-view.ts'

interface Content {
  readonly [mediaType: string]: { readonly schema?: ShownSchema; readonly example?: unknown }
}

/** The displayed part of an operation. */
export interface ShownOperation {
  readonly operationId?: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly security?: readonly Readonly<Record<string, unknown>>[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly description?: string
    readonly schema?: ShownSchema
  }[]
  readonly requestBody?: { readonly content?: Content }
  readonly responses?: Readonly<
    Record<string, { readonly description: string; readonly content?: Content }>
  >
}

const CALLERS: Readonly<Record<string, string>> = {
  serverKey: 'server key',
  userToken: 'user token',
  session: 'session',
  cookie: 'cookie',
}

/** Renders the inputs and answers of an operation. */
export function operationView(method: string, path: string, operation: ShownOperation): Html {
  const { operationId, summary = '', description, parameters, requestBody } = operation
  return html`<article id="${operationId}">
    <h3>${summary}</h3>
    <div class="route"><span class="method ${method}">${method}</span>${path}</div>
    ${description === undefined ? '' : html`<p>${inlineCode(description)}</p>`}
    <div class="soft">Called by: ${callersOf(operation)}.</div>
    ${parameters?.length ? parametersView(parameters) : ''}
    ${requestBody?.content ? html`<h4>Body</h4>${contentView(requestBody.content)}` : ''}
    <h4>Answers</h4>
    ${Object.entries(operation.responses ?? {}).map(
      ([status, { description, content }]) => html`<details ${status < '300' ? 'open' : ''}>
        <summary><span class="status">${status}</span>${inlineCode(description)}</summary>
        ${content && status < '300' ? contentView(content) : ''}</details>`,
    )}</article>`
}

function callersOf({ security }: ShownOperation): string {
  if (!security || security.length === 0) return 'everybody'
  const names = security.map((way) => CALLERS[Object.keys(way)[0] ?? ''] ?? 'nobody in particular')
  return names.join(', ')
}

function parametersView(parameters: NonNullable<ShownOperation['parameters']>): Html {
  return html`<h4>Parameters</h4><ul class="fields">${parameters.map((parameter) => {
    const { name, required = false, description = '' } = parameter
    const place = `In the ${parameter.in}. ${description}`
    return fieldView(name, { ...parameter.schema, description: place }, required)
  })}</ul>`
}

function contentView(content: Content): Html {
  return html`${Object.entries(content).map(
    ([mediaType, { schema, example }]) => html`<div class="soft">${mediaType}</div>
      ${schema ? schemaView(schema) : ''}
      ${example === undefined ? '' : html`<pre>${exampleText(example)}</pre>`}`,
  )}`
}

function exampleText(example: unknown): string {
  return typeof example === 'string' ? example : JSON.stringify(example, null, 2)
}
