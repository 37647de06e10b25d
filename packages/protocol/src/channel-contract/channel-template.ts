import { canonicalOwner } from '../owned-channel.ts'
import { isChannelName } from '../topic.ts'

const PLACEHOLDER = /^\{([A-Za-z_][A-Za-z0-9_]*)\}$/

type ParamName<Template extends string> = Template extends `${infer Head}:${infer Tail}`
  ? ParamName<Head> | ParamName<Tail>
  : Template extends `{${infer Name}}`
    ? Name
    : never

/** The values of a template's placeholders: `{ id: string }` for `document:{id}`. */
export type ParamsOf<Template extends string> = string extends Template
  ? Readonly<Record<string, string>>
  : { readonly [Name in ParamName<Template>]: string }

/** Values to fill in for a template's placeholders. */
export type ParamInputsOf<Template extends string> = string extends Template
  ? Readonly<Record<string, string | number>>
  : { readonly [Name in ParamName<Template>]: string | number }

/** A channel name whose whole segments may be placeholders, as in `document:{id}`. */
export class ChannelTemplate<Template extends string = string> {
  readonly template: Template
  /** The pattern of all channels of the template: each placeholder becomes `*`. */
  readonly pattern: string
  readonly #segments: readonly string[]
  /** The names of the placeholders by segment; undefined for a literal segment. */
  readonly #placeholders: readonly (string | undefined)[]

  /** @throws {TypeError} saying what is wrong with the template */
  constructor(template: Template) {
    this.template = template
    this.#segments = String(template).split(':')
    this.#placeholders = this.#segments.map((segment) => PLACEHOLDER.exec(segment)?.[1])
    const problem = this.#problem()
    if (problem !== undefined) {
      throw new TypeError(`${JSON.stringify(template)} is not a channel template: ${problem}`)
    }
    this.pattern = this.#fill(() => '*')
  }

  /**
   * Fills in the placeholders.
   *
   * @throws {TypeError} naming the value that is missing or not valid as a segment
   */
  name(params: ParamInputsOf<Template>): string {
    const name = this.#fill((placeholder) => {
      const value = Object.hasOwn(params, placeholder)
        ? Reflect.get(params, placeholder)
        : undefined
      const given = typeof value === 'number' ? String(value) : value
      const text = typeof given === 'string' ? this.#ownerSegment(placeholder, given) : given
      if (typeof text === 'string' && !text.includes(':') && isChannelName(text)) return text
      throw new TypeError(
        `${placeholder}: ${show(value)} cannot stand in ${this.template}; expected characters of A–Z a–z 0–9 _ . @ = -`,
      )
    })
    if (isChannelName(name)) return name
    throw new TypeError(`${this.template}: a channel name has at most 200 characters`)
  }

  /** Reads the placeholders' values from a channel's name; undefined when it does not match. */
  params(channel: string): ParamsOf<Template> | undefined {
    const segments = channel.split(':')
    if (segments.length !== this.#segments.length || !isChannelName(channel)) return undefined
    const params: [string, string][] = []
    for (const [index, segment] of segments.entries()) {
      const placeholder = this.#placeholders[index]
      if (placeholder !== undefined) params.push([placeholder, segment])
      else if (segment !== this.#segments[index]) return undefined
    }
    // From entries, so that a placeholder named `__proto__` has no special effect.
    return Object.fromEntries(params) as ParamsOf<Template>
  }

  // A user or tenant id may have any characters: it is escaped as in the names of their channels.
  #ownerSegment(placeholder: string, value: string): string {
    const [kind] = this.#segments
    const isOwner = this.#placeholders[1] === placeholder
    return isOwner && (kind === 'user' || kind === 'tenant') ? canonicalOwner(kind, value) : value
  }

  #problem(): string | undefined {
    for (const [index, segment] of this.#segments.entries()) {
      if (this.#placeholders[index] !== undefined || isChannelName(segment)) continue
      if (segment === '') return 'a segment is empty'
      if (segment === '*' || segment === '#') {
        return `${segment} is a wildcard; expected a placeholder with a name, such as {id}`
      }
      if (/[{}]/.test(segment)) {
        return `${show(segment)} is not a placeholder; expected one whole segment, such as {id}`
      }
      return `${show(segment)} is not a segment; expected characters of A–Z a–z 0–9 _ . @ = -`
    }
    const names = this.#placeholders.filter((name) => name !== undefined)
    const repeated = names.find((name, index) => names.indexOf(name) !== index)
    if (repeated !== undefined) return `the placeholder {${repeated}} occurs twice`
    // The shortest possible name: one character for each placeholder.
    return isChannelName(this.#fill(() => 'x')) ? undefined : 'it is longer than 200 characters'
  }

  #fill(value: (placeholder: string) => string): string {
    return this.#segments
      .map((segment, index) => {
        const placeholder = this.#placeholders[index]
        return placeholder === undefined ? segment : value(placeholder)
      })
      .join(':')
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
