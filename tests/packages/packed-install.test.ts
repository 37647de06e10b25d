import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const project = mkdtempSync(join(tmpdir(), 'coterie-packed-'))

const program = `
import { createClient } from '@coterie/client'
import { createHub, type Hub } from '@coterie/server'

const hub: Hub = createHub({
  anonymous: true,
  channels: { lobby: { subscribe: 'public', history: true } },
})
const url = await hub.listen({ port: 0 })
const client = createClient({ url })
client.connect()
const lobby = client.channel('lobby')
const heard = new Promise<unknown>((resolve) => lobby.on('greeting', ({ payload }) => resolve(payload)))
await lobby.subscribe()
const { position } = await lobby.publish('greeting', { text: 'hello' })
console.log(JSON.stringify({ heard: await heard, hasPosition: position !== undefined }))
client.disconnect()
await hub.close()
`

const wrongProgram = `
import { createHub } from '@coterie/server'
createHub({ channels: { lobby: { subscribe: 'everybody' } } })
`

// Only what is published counts: no source condition, no link into the workspace.
const { NODE_OPTIONS: _, ...environment } = process.env

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { cwd: project, encoding: 'utf8', env: environment })
}

beforeAll(() => {
  const packages = ['protocol', 'server', 'client', 'cli'].map((name) => {
    const folder = join(root, 'packages', name)
    const args = ['pack', folder, '--pack-destination', project, '--json']
    const [packed] = JSON.parse(run('npm', args)) as [{ filename: string }]
    return `./${packed.filename}`
  })
  writeFileSync(join(project, 'package.json'), '{"private":true,"type":"module"}')
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline']
  run('npm', ['install', ...quiet, '@types/node@24.19.2', ...packages])
  writeFileSync(join(project, 'program.ts'), program)
  writeFileSync(join(project, 'wrong.ts'), wrongProgram)
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

const typeCheck = (file: string): string => {
  const options = ['--strict', '--noEmit', '--target', 'es2024', '--module', 'nodenext']
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  try {
    return run(tsc, [...options, '--types', 'node', '--ignoreConfig', file])
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

it('brings types that a strict program can be checked with', () => {
  expect(typeCheck('program.ts')).toBe('')
  expect(typeCheck('wrong.ts')).toContain('"everybody"')
})

it('serves and connects from its built files', () => {
  const output = run(process.execPath, ['program.ts'])
  expect(JSON.parse(output)).toEqual({ heard: { text: 'hello' }, hasPosition: true })
})

it('brings the command', () => {
  expect(run(join(project, 'node_modules', '.bin', 'coterie'), ['--version'])).toBe('0.1.0\n')
})
