import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

/** Bundles a module for a page, and tells what of which file is in it. */
async function bundle(contents: string) {
  const { metafile, outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    conditions: ['coterie-source'],
    format: 'esm',
    metafile: true,
    minify: true,
    platform: 'browser',
    write: false,
  })
  const [output] = Object.values(metafile.outputs)
  const paths = Object.entries(output?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [path] : [],
  )
  return { paths, gzipBytes: gzipSync(outputFiles[0]?.contents ?? '').length }
}

const WHOLE = "export { createClient } from './index.ts'"
const BARE = "export { createClient } from './bare.ts'"
const BINDING = "export { bindYjs } from './yjs/index.ts'"
const PROVIDER = "export { createYjsProvider } from './yjs/provider.ts'"

const isAwareness = (path: string): boolean => /y-protocols|awareness/.test(path)

it.each([WHOLE, BARE, BINDING, PROVIDER])('leaves every validator out: %s', async (contents) => {
  const { paths } = await bundle(contents)
  expect(paths.filter((path) => /zod|\/frames\//.test(path))).toEqual([])
})

// 12 KB without the way over server-sent events, which a blocked WebSocket is worth, 1 KB for
// the channels of users and tenants, 1.5 KB to count who uses a channel, 1 KB for payloads that
// are refused by name where JSON would change them, 1 KB so that nothing is sent twice, and 2 KB
// for tokens that end soon, networks that go, and channels that are freed when nobody uses them.
it.each([
  ['22 KB with every part', WHOLE, 22 * 1_024],
  ['19 KB without a part', BARE, 19 * 1_024],
])('fits into %s, with nothing but client and protocol', async (_, contents, maxBytes) => {
  const { paths, gzipBytes } = await bundle(contents)
  const others = paths.filter((path) => !/<stdin>|packages\/(client|protocol)\/src\//.test(path))
  expect(others).toEqual([])
  expect(gzipBytes).toBeLessThan(maxBytes)
})

describe('a bare client', () => {
  const PARTS: Readonly<Record<string, RegExp>> = {
    presence: /\/(channel-presence|returning-users)\.ts$/,
    publishing: /\/(channel-publishing|publish-queue|published-lookup)\.ts$/,
    state: /\/(channel-state|state-operation)\.ts$/,
    typing: /\/channel-typing\.ts$/,
  }
  const partsOf = (paths: readonly string[]): string[] =>
    Object.keys(PARTS).filter((name) => paths.some((path) => PARTS[name]?.test(path)))

  it('has no part that is not imported', async () => {
    expect(partsOf((await bundle(BARE)).paths)).toEqual([])
  })

  it.each(Object.keys(PARTS))('has %s where it is imported, and no other part', async (name) => {
    const { paths } = await bundle(`export { createClient, ${name} } from './bare.ts'`)
    expect(partsOf(paths)).toEqual([name])
  })

  it('has no part for an inbox', async () => {
    const { paths } = await bundle(`${BARE}; export { createInbox } from './index.ts'`)
    expect(partsOf(paths)).toEqual([])
  })
})

it('brings awareness to who asks for it, and to nobody else', async () => {
  expect((await bundle(BINDING)).paths.filter(isAwareness)).toEqual([])
  expect((await bundle(PROVIDER)).paths.filter(isAwareness).length).toBeGreaterThan(3)
})
