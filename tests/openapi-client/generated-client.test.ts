import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import openapiTS, { astToString } from 'openapi-typescript'
import { expect, it, onTestFinished } from 'vitest'
import { root } from '../docs/code-blocks.ts'
import { runProgram } from '../docs/run-program.ts'
import { makeFolder } from '../docs/written-blocks.ts'
import { operationsOf, readDocument } from '../rest/checked-fetch.ts'
import { SERVER_KEY, startRestHub } from '../rest/rest-hub.ts'
import { RawStream } from '../sse/raw-stream.ts'
import { bearer } from '../sse/streaming-hub.ts'
import { answersOf, callsOf } from './generated-calls.ts'

const PREFIX = '/api/realtime'
/** What is shown by an id of something that only goes wrong by itself. */
const NOT_THERE = new Set(['replayDeadLetter', 'discardDeadLetter', 'retryNotificationDelivery'])

/** Generates the client, and a program that uses all of it. */
async function generate() {
  const { hub } = await startRestHub()
  const document = await readDocument((request) => hub.fetch(request))
  const folder = makeFolder()
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'api.ts'), astToString(await openapiTS(JSON.stringify(document))))
  writeFileSync(join(folder, 'calls.ts'), callsOf(document, PREFIX))
  writeFileSync(join(folder, 'answers.ts'), answersOf(document))
  return { hub, document, folder }
}

it('compiles with every example of the description', async () => {
  const { folder } = await generate()
  const config = {
    extends: join(root, 'tsconfig.tests.json'),
    compilerOptions: { skipLibCheck: true },
    include: [],
    files: ['calls.ts', 'answers.ts'].map((name) => join(folder, name)),
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const ran = await runProgram(
    [process.execPath, compiler, '--pretty', 'false', '--project', folder],
    [],
    { cwd: folder, env: { PATH: process.env.PATH } },
  )
  expect(ran).toEqual({ code: 0, stdout: '', stderr: '' })
})

it('calls every operation of a real server with its example', async () => {
  const { hub, document, folder } = await generate()
  const url = await hub.listen({ port: 0 })
  const stream = await RawStream.open(`${url}${PREFIX}/events?channels=room:1`, bearer('user-456'))
  const { session } = JSON.parse((await stream.next('connection')).data) as Record<string, string>
  const other = await RawStream.open(`${url}${PREFIX}/events`, bearer('bob'))
  const { connection_id: connection } = JSON.parse((await other.next('connection')).data) as Record<
    string,
    string
  >
  const { stdout, stderr } = await runProgram([process.execPath], [join(folder, 'calls.ts')], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      SERVER_URL: url,
      SERVER_KEY,
      SESSION: session,
      CONNECTION: connection,
    },
  })
  const called = [...stdout.matchAll(/^@called (.*)$/gm)].map(
    ([, line = '']) => JSON.parse(line) as { name: string; status: number; error?: unknown },
  )
  const failed = called.filter(
    ({ name, status }) => status >= 300 && !(status === 404 && NOT_THERE.has(name)),
  )
  expect({ failed, stderr }).toEqual({ failed: [], stderr: '' })
  const names = operationsOf(document).map(({ operation }) => operation.operationId)
  const left = names.filter((name) => !called.some((one) => one.name === name))
  expect(left).toEqual(['openEventStream', 'openWebSocket'])
})
