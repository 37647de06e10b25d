/**
 * Finds an element that the page must have.
 *
 * @throws {Error} when it is missing or of another kind
 */
export function find<Type extends Element>(
  root: ParentNode,
  selector: string,
  type: abstract new () => Type,
): Type {
  const found = root.querySelector(selector)
  if (found instanceof type) return found
  throw new Error(`the page has no ${type.name} ${selector}`)
}

/** Makes an element; strings among the children become text, never markup. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  made.className = className
  made.append(...children)
  return made
}

/** Sets an element's text, unless it is the same: an unchanged node stays selected and unread. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text
}
