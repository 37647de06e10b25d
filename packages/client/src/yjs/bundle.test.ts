import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

async function bundled(contents: string): Promise<string[]> {
  const { metafile } = await build({
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
  return Object.entries(output?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [path] : [],
  )
}

it('brings awareness to who asks for it and to nobody else, and a validator to none', async () => {
  const isAwareness = (path: string): boolean => /y-protocols|awareness/.test(path)
  const binding = await bundled("export { bindYjs } from './index.ts'")
  expect(binding.filter(isAwareness)).toEqual([])
  const isValidator = (path: string): boolean => /zod|\/frames\//.test(path)
  expect(binding.filter(isValidator)).toEqual([])
  const provider = await bundled("export { createYjsProvider } from './provider.ts'")
  expect(provider.filter(isAwareness).length).toBeGreaterThan(3)
  expect(provider.filter(isValidator)).toEqual([])
})
