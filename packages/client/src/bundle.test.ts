import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

// 12 KB without the way over server-sent events, which a blocked WebSocket is worth, 1 KB for
// the channels of users and tenants, 1.5 KB to count who uses a channel, 1 KB for payloads that
// are refused by name where JSON would change them, 1 KB so that nothing is sent twice, and 2 KB
// for tokens that end soon, networks that go, and channels that are freed when nobody uses them.
const MAX_GZIP_BYTES = 22 * 1_024

it('fits into 22 KB for a page that makes a client, without a validator', async () => {
  const { metafile, outputFiles } = await build({
    stdin: {
      contents: "export { createClient } from './index.ts'",
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    conditions: ['coterie-source'],
    format: 'esm',
    metafile: true,
    minify: true,
    platform: 'browser',
    write: false,
  })
  const [output] = Object.values(metafile.outputs)
  const bundled = Object.entries(output?.inputs ?? {}).filter(
    ([, { bytesInOutput }]) => bytesInOutput > 0,
  )
  const paths = bundled.map(([path]) => path)
  expect(paths.filter((path) => path.includes('zod') || path.includes('/frames/'))).toEqual([])
  expect(paths.filter((path) => !/<stdin>|packages\/(client|protocol)\/src\//.test(path))).toEqual(
    [],
  )
  expect(gzipSync(outputFiles[0]?.contents ?? '').length).toBeLessThan(MAX_GZIP_BYTES)
})
