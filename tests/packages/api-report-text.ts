/** A docstring within a type, or a remark that a member has none. */
const REMARK = /^ *\/\*\*.*?\*\/\n|^ +\/\/ \(undocumented\)\n/gms
/** A type or class that is not exported. */
const INTERNAL = /^\/\/ @public.*\n(?!export |const )/

/**
 * Returns a report of API Extractor as it is committed.
 *
 * It has the name of its entry, and none of the types that are not exported,
 * nor the imports that only they use. Constants that are not exported stay:
 * they are schemas, from which exported types are inferred.
 */
export function readableReport(specifier: string, report: string): string {
  const code = /```ts\n(?<code>.*)\n\/\/ \(No @packageDocumentation/s.exec(report)?.groups?.code
  if (code === undefined) throw new Error(`the report of ${specifier} has an unknown form`)
  const [imports = '', ...names] = code.trim().split('\n\n')
  const hasImports = imports.startsWith('import ')
  const described = (hasImports ? names : [imports, ...names]).filter(
    (name) => !INTERNAL.test(name),
  )
  const body = described.join('\n\n').replaceAll(REMARK, '')
  // Whether a value is imported, or only its type, is not part of the API.
  const lines = hasImports ? imports.replaceAll('import type ', 'import ').split('\n') : []
  const used = lines.filter((line) => isUsed(localName(line), body))
  const shown = [...(used.length > 0 ? [used.join('\n')] : []), body].join('\n\n')
  return `# Public names of \`${specifier}\`

Made by API Extractor: \`npm run api\` writes it.

\`\`\`ts
${shown}
\`\`\`
`
}

/** Lists the exported names of a report that have no docstring, as they are declared. */
export function undocumentedNames(report: string): string[] {
  return Array.from(
    report.matchAll(/^\/\/ @public \(undocumented\)\nexport (.*)/gm),
    ([, declaration = '']) => declaration,
  )
}

function localName(line: string): string {
  return /(?<name>\w+)(?: \})? from '/.exec(line)?.groups?.name ?? ''
}

function isUsed(name: string, body: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(body)
}
