import { checkOption, checkOptionsObject } from '@coterie/protocol'
import type { Durability } from '../ports/durability.ts'

const DURABILITIES: readonly unknown[] = ['memory', 'normal', 'full'] satisfies Durability[]

/**
 * Checks the options of what is kept in a SQLite file.
 *
 * @param name of the function that takes them
 * @throws {TypeError} naming the option, its value and what is allowed
 */
export function checkFileOptions(
  name: string,
  options: { readonly path: string; readonly durability?: Durability },
): void {
  checkOptionsObject(name, options)
  const { path, durability = 'normal' } = options
  checkOption('path', path, typeof path === 'string' && path !== '', 'the path of a file')
  const isKnown = DURABILITIES.includes(durability)
  checkOption('durability', durability, isKnown, '"memory", "normal" or "full"')
}
