import { element } from '../../chat/page/element.ts'
import { hueOf } from '../../chat/page/person.ts'

/** Somebody else who writes at a place. */
export interface Writer {
  readonly id: string
  readonly name: string
}

let marksMade = 0

/** The names at the edge of a field, of those who write in it. */
export class EditorMarks {
  readonly root = element('div', 'marks')
  #shown = ''

  /** @param field is described by the names, for people who do not see them */
  constructor(field: HTMLElement) {
    marksMade += 1
    this.root.id = `marks-${marksMade}`
    this.root.hidden = true
    field.setAttribute('aria-describedby', this.root.id)
  }

  show(writers: readonly Writer[]): void {
    const shown = JSON.stringify(writers)
    if (shown === this.#shown) return
    this.#shown = shown
    this.root.hidden = writers.length === 0
    this.root.replaceChildren(...writers.map(createMark))
    const [first] = writers
    if (first) this.root.style.setProperty('--hue', String(hueOf(first.id)))
  }
}

function createMark({ id, name }: Writer): HTMLElement {
  const mark = element(
    'span',
    'mark-name',
    element('bdi', '', name),
    element('span', 'hidden', ' is writing here. '),
  )
  mark.style.setProperty('--hue', String(hueOf(id)))
  return mark
}
