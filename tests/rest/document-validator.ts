import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

const DOCUMENT_ID = 'urn:coterie:openapi'

/** Holds values against the schemas of an OpenAPI document. */
export class DocumentValidator {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true })
  readonly #validators = new Map<string, ValidateFunction>()

  constructor(document: object) {
    addFormats.default(this.#ajv)
    this.#ajv.addSchema({ ...document, $id: DOCUMENT_ID })
  }

  /** Says why a value does not fit a schema; undefined when it does. */
  problem(steps: readonly string[], value: unknown): string | undefined {
    const reference = `${DOCUMENT_ID}#/${steps.map(escapeStep).join('/')}`
    const validator = this.#validators.get(reference) ?? this.#ajv.compile({ $ref: reference })
    this.#validators.set(reference, validator)
    return validator(value) ? undefined : this.#ajv.errorsText(validator.errors)
  }
}

// RFC 6901, within a URI fragment.
function escapeStep(step: string): string {
  return encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))
}
