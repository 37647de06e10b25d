import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  CompilerState,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
} from '@microsoft/api-extractor'
import { readableReport } from './api-report-text.ts'
import { PUBLISHED, packageFolder } from './consumer-project.ts'

/** Where the reports are committed. */
export const REPORTS = fileURLToPath(new URL('../../api', import.meta.url))

interface Entry {
  /** The name of its report. */
  readonly report: string
  /** What one imports, such as `@coterie/server/engine`. */
  readonly specifier: string
  readonly packageFolder: string
  /** The declarations that `tsc --build` wrote. */
  readonly declarations: string
}

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>
}

const COMPILER_OPTIONS = {
  target: 'es2024',
  lib: ['es2024', 'dom', 'dom.iterable'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  types: ['node'],
  strict: true,
  skipLibCheck: true,
}

/** Makes the report of each entry of each package, by its name, from the built declarations. */
export function createApiReports(): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'coterie-api-'))
  try {
    const entries = PUBLISHED.flatMap(entriesOf).map((entry) => ({
      ...entry,
      config: configOf(entry, folder),
    }))
    const [first] = entries
    if (!first) throw new Error('no package has an entry')
    // One program for all entries: making it takes most of the time.
    const additionalEntryPoints = entries.map(({ declarations }) => declarations)
    const compilerState = CompilerState.create(first.config, { additionalEntryPoints })
    return new Map(
      entries.map(({ report, specifier, config }) => {
        Extractor.invoke(config, {
          compilerState,
          localBuild: true,
          messageCallback: (message) => {
            message.handled = true
          },
        })
        return [report, readableReport(specifier, readFileSync(join(folder, report), 'utf8'))]
      }),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function entriesOf(name: (typeof PUBLISHED)[number]): Entry[] {
  const folder = packageFolder(name)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  return Object.entries(manifest.exports).flatMap(([path, target]) => {
    if (typeof target === 'string') return []
    return {
      report: `${[name, ...path.split('/').slice(1)].join('-')}.api.md`,
      specifier: manifest.name + path.slice(1),
      packageFolder: folder,
      declarations: join(folder, target.types),
    }
  })
}

function configOf({ report, packageFolder, declarations }: Entry, folder: string): ExtractorConfig {
  const silent = { default: { logLevel: ExtractorLogLevel.None } }
  return ExtractorConfig.prepare({
    packageJsonFullPath: join(packageFolder, 'package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: packageFolder,
      mainEntryPointFilePath: declarations,
      compiler: { overrideTsconfig: { compilerOptions: COMPILER_OPTIONS, files: [declarations] } },
      apiReport: {
        enabled: true,
        reportFileName: report,
        reportFolder: folder,
        reportTempFolder: join(folder, 'new'),
        includeForgottenExports: true,
      },
      newlineKind: 'lf',
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: silent,
        extractorMessageReporting: silent,
        tsdocMessageReporting: silent,
      },
    },
  })
}
