import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

const EVENTS = 200
const PROGRAM = join(import.meta.dirname, 'trigger-server.ts')

/** A server whose trigger dies at an event, and can be started again. */
class TriggerServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'coterie-trigger-'))
  #process: ChildProcess | undefined
  port = 0

  constructor() {
    onTestFinished(() => {
      this.#process?.kill('SIGKILL')
      rmSync(this.#folder, { recursive: true, force: true })
    })
  }

  async start(deadly?: number): Promise<void> {
    this.#process = fork(PROGRAM, [this.#folder, `${this.port}`, `${deadly ?? ''}`], {
      execArgv: ['--conditions=coterie-source'],
      env: { PATH: process.env.PATH },
    })
    const [{ port }] = (await once(this.#process, 'message')) as [{ port: number }]
    this.port = port
  }

  /** Lets the trigger run. */
  release(): void {
    this.#process?.send('go')
  }

  async died(): Promise<void> {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) {
      await once(this.#process, 'exit')
    }
    expect(this.#process?.signalCode).toBe('SIGKILL')
  }

  /** What the trigger did: the numbers of the events that it began or ended, in order. */
  journal(what: 'begin' | 'end'): number[] {
    const lines = readFileSync(join(this.#folder, 'journal'), 'utf8').split('\n')
    return lines.flatMap((line) => (line.startsWith(what) ? [Number(line.split(' ')[1])] : []))
  }

  attempts(of: number): number[] {
    const lines = readFileSync(join(this.#folder, 'journal'), 'utf8').split('\n')
    const begun = lines.filter((line) => line.startsWith(`begin ${of} `))
    return begun.map((line) => Number(line.split(' ')[2]))
  }
}

async function publish({ port }: TriggerServer, count: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/realtime/ws`)
  onTestFinished(() => socket.terminate())
  socket.on('error', () => {})
  await once(socket, 'open')
  const send = (frame: object): void => socket.send(JSON.stringify(frame))
  // One trigger follows several channels in the order in which things happened.
  const channels = ['orders:1', 'orders:2']
  const answered = new Map<string, (type: string) => void>()
  socket.on('message', (data) => {
    const { id, type } = JSON.parse(String(data))
    answered.get(id)?.(type)
  })
  const request = async (id: string, frame: object): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<string>()
    answered.set(id, resolve)
    send({ ...frame, id })
    expect(await promise).toBe('reply')
  }
  for (const channel of channels) await request(channel, { type: 'subscribe', channel })
  for (let n = 1; n <= count; n += 1) {
    const channel = channels[n % 7 === 0 ? 1 : 0]
    await request(`${n}`, { type: 'publish', channel, event: 'placed', payload: n })
  }
}

it('handles each of 200 events at least once and in order, however often it is killed', async () => {
  const server = new TriggerServer()
  const deaths = [37, 38, 111, 200]
  await server.start(deaths[0])
  await publish(server, EVENTS)
  for (const next of [...deaths.slice(1), undefined]) {
    server.release()
    await server.died()
    await server.start(next)
  }
  server.release()
  await expect.poll(() => server.journal('end').at(-1)).toBe(EVENTS)

  // What ended, ended in order, and nothing was left out.
  const ended = server.journal('end')
  expect([...new Set(ended)]).toEqual(Array.from({ length: EVENTS }, (_, n) => n + 1))
  expect(ended).toEqual(ended.toSorted((one, other) => one - other))
  // Only what was being handled, or noted, when the process died was begun again.
  expect(server.journal('begin').length).toBeLessThanOrEqual(EVENTS + deaths.length)
  for (const death of deaths) expect(server.attempts(death)).toEqual([1, 2])
})
