import { html } from 'hono/html'
import { type Html, inlineCode } from './inline-code.ts'

/** The part of JSON Schema that the description uses. */
export interface ShownSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, ShownSchema>>
  readonly required?: readonly string[]
  readonly items?: ShownSchema
  readonly anyOf?: readonly ShownSchema[]
  readonly oneOf?: readonly ShownSchema[]
  readonly allOf?: readonly ShownSchema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}

/** The number of JSON types. */
const ALL_TYPES = 6

/** Renders a schema: its type, and its fields if it has any. */
export function schemaView(schema: ShownSchema): Html {
  const fields = schema.properties ?? schema.items?.properties
  const required = schema.required ?? schema.items?.required ?? []
  if (!fields) return html`<p>${typeView(schema)} ${boundsView(schema)}</p>`
  return html`${schema.items ? html`<p class="soft">A list of objects:</p>` : ''}
    <ul class="fields">${Object.entries(fields).map(([name, field]) =>
      fieldView(name, field, required.includes(name)),
    )}</ul>`
}

/** Renders one field or parameter. */
export function fieldView(name: string, schema: ShownSchema, isRequired: boolean): Html {
  const isNested = schema.properties !== undefined || schema.items?.properties !== undefined
  return html`<li><code>${name}</code> <span class="soft">${typeView(schema)}</span>
    ${isRequired ? html`<span class="required">required</span>` : ''} ${boundsView(schema)}
    ${schema.description === undefined ? '' : html`<div>${inlineCode(schema.description)}</div>`}
    ${isNested ? schemaView(schema) : ''}</li>`
}

function typeView(schema: ShownSchema): Html {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? ''
    return html`<a href="#schema-${name}">${name}</a>`
  }
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (choices) return html`${joined(choices.map(typeView), schema.allOf ? ' and ' : ' or ')}`
  if (schema.items && !schema.items.properties) return html`list of ${typeView(schema.items)}`
  const types = [schema.type ?? []].flat()
  if (types.length === 0 || types.length === ALL_TYPES) return html`anything`
  return html`${types.join(' or ')}${schema.format === undefined ? '' : `, ${schema.format}`}`
}

function boundsView(schema: ShownSchema): Html {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema
  const notes = [
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems, ' items'),
    schema.default === undefined ? '' : `default ${JSON.stringify(schema.default)}`,
  ].filter((note) => note !== '')
  const choices = schema.enum ?? schema.items?.enum
  return html`<span class="soft">${notes.join(', ')}</span>
    ${
      choices
        ? joined(
            choices.map((choice) => html`<code>${String(choice)}</code>`),
            ' ',
          )
        : ''
    }`
}

function range(from: number | undefined, to: number | undefined, unit: string): string {
  if (from === undefined && to === undefined) return ''
  if (from === undefined) return `at most ${to}${unit}`
  return to === undefined ? `at least ${from}${unit}` : `${from}–${to}${unit}`
}

function joined(parts: readonly Html[], separator: string): Html {
  return html`${parts.map((part, index) => html`${index === 0 ? '' : separator}${part}`)}`
}
