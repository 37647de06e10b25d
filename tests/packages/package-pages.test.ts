import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PUBLISHED, pack, packageFolder } from './consumer-project.ts'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly keywords: readonly string[]
  readonly homepage: string
  readonly bugs: string
  readonly repository: { readonly url: string; readonly directory: string }
}

const folder = mkdtempSync(join(tmpdir(), 'coterie-pages-'))
const archives = new Map<string, Uint8Array<ArrayBuffer>>()

beforeAll(() => {
  for (const name of PUBLISHED) archives.set(name, new Uint8Array(readFileSync(pack(name, folder))))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const archiveOf = (name: string) => {
  const archive = archives.get(name)
  if (!archive) throw new Error(`${name} was not packed`)
  return archive
}

const filesOf = (name: string): string[] =>
  createPackageFromTarballData(archiveOf(name))
    .listFiles()
    .map((path) => path.replace(/^\/node_modules\/(@coterie\/)?[a-z]+\//, ''))

describe.each(PUBLISHED)('the package in packages/%s', (name) => {
  const manifest = JSON.parse(
    readFileSync(join(packageFolder(name), 'package.json'), 'utf8'),
  ) as Manifest

  it('has a page, a licence, and the addresses of its repository', () => {
    expect(filesOf(name)).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'package.json']))
    const licence = readFileSync(join(packageFolder(name), 'LICENSE'), 'utf8')
    expect(licence).toBe(readFileSync(join(packageFolder(name), '../../LICENSE'), 'utf8'))
    const repository = 'https://github.com/coterie-realtime/coterie'
    expect(manifest).toMatchObject({
      license: 'MIT',
      homepage: `${repository}#readme`,
      bugs: `${repository}/issues`,
      repository: { url: `git+${repository}.git`, directory: `packages/${name}` },
    })
    expect(manifest.keywords.length).toBeGreaterThan(3)
    expect(manifest.description).toMatch(/\.$/)
  })

  it('says on its page how to install it and what it does', () => {
    const page = readFileSync(join(packageFolder(name), 'README.md'), 'utf8')
    expect(page).toMatch(new RegExp(`^# ${manifest.name}\n`))
    expect(page).toMatch(/```sh\n(npm install|npx) /)
    expect(page).toContain('```ts\n')
    // A page outside of the repository has no neighbours to point at.
    expect(page.match(/\]\((?!https:\/\/)[^)]*\)/g)).toBeNull()
  })

  it('carries built files and their sources, and no litter', () => {
    const files = filesOf(name)
    const built = files.filter((file) => file.startsWith('dist/'))
    const sources = files.filter((file) => file.startsWith('src/'))
    expect(files).toHaveLength(built.length + sources.length + 3)
    expect(files.filter((file) => /\.(test\.|tsbuildinfo)/.test(file))).toEqual([])
    const unbuilt = (file: string) =>
      file.replace(/^dist\//, 'src/').replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts')
    expect(built.filter((file) => !sources.includes(unbuilt(file)))).toEqual([])
  })

  it('is what publint asks of a package', async () => {
    const { messages } = await publint({ pack: { tarball: archiveOf(name).buffer } })
    const pkg = manifest as never
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
  })

  it('has types that every bundler and every Node that it supports can find', async () => {
    const analysis = await checkPackage(createPackageFromTarballData(archiveOf(name)))
    if (!analysis.types) throw new Error('no types')
    // Modules alone are published: require() of them works, and TypeScript's old ways do not count.
    const counted = analysis.problems.filter(
      (problem) =>
        !('resolutionKind' in problem) ||
        !['node10', 'node16-cjs'].includes(problem.resolutionKind),
    )
    expect(counted).toEqual([])
  })
})
