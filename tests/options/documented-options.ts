import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../docs/code-blocks.ts'

const UNITS: Readonly<Record<string, number>> = {
  KiB: 1_024,
  MiB: 1_048_576,
  ms: 1,
  s: 1_000,
  min: 60_000,
  days: 86_400_000,
}
const NUMBER = /(?<count>\d[\d,_]*)(?: (?<unit>KiB|MiB|ms|s|min|days)\b)?/g
const MEMBER = /(?:\/\*\*(?<doc>(?:(?!\*\/)[\s\S])*)\*\/\n)? {2}(?:readonly )?(?<name>\w+)\?: /g

/** Reads the numbers of a text, in the smallest unit: bytes, ms, or pieces. */
export function numbersIn(text: string): number[] {
  return [...text.matchAll(NUMBER)].map(({ groups: { count = '', unit } = {} }) => {
    const value = Number(count.replace(/[,_]/g, ''))
    return value * (unit === undefined ? 1 : (UNITS[unit] ?? Number.NaN))
  })
}

/** A row of a table of a page: its options, and what it says of their defaults. */
export interface OptionRow {
  readonly options: readonly string[]
  readonly defaults: string
}

/** Reads the rows of a page's tables that name options, by the columns they are in. */
export function optionRows(page: string, optionColumn: number, defaultColumn: number): OptionRow[] {
  const rows = readFileSync(join(root, page), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))
  return rows.map((cells) => ({
    options: [...(cells[optionColumn] ?? '').matchAll(/`([\w.]+)`/g)].map(([, name = '']) => name),
    defaults: cells[defaultColumn]?.trim() ?? '',
  }))
}

/** Reads the docstrings of the optional members of an interface. */
export function docstringsOf(file: string, name: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(root, file), 'utf8')
  const start = text.indexOf(`export interface ${name}`)
  const body = text.slice(text.indexOf('{\n', start), text.indexOf('\n}\n', start))
  return new Map(
    [...body.matchAll(MEMBER)].map(({ groups: { doc = '', name: member = '' } = {} }) => [
      member,
      doc.replace(/\s+\* ?/g, ' ').trim(),
    ]),
  )
}
