import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../examples/chat/main.ts', import.meta.url))
const BUILD = fileURLToPath(new URL('../../examples/chat/build.mjs', import.meta.url))

/** How a process ended, and all that it said. */
export interface Ending {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Builds the page that the chat serves. */
export function buildPage(): void {
  execFileSync(process.execPath, [BUILD])
}

/** Runs the chat as a process of its own until it ends by itself. */
export async function runChat(environment: Record<string, string>): Promise<Ending> {
  const run = new Run(environment)
  return run.ended
}

/** A chat in a process of its own, which keeps its address and its data over restarts. */
export class ChatProcess {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'coterie-chat-'))
  #port = 0
  #run: Run | undefined

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get port(): number {
    return this.#port
  }

  /** Starts the process; ready for connections when it resolves. */
  async start(): Promise<void> {
    const run = new Run({ PORT: String(this.#port), COTERIE_DATA_DIR: this.dataDir })
    this.#run = run
    const ready = await run.firstLine
    this.#port = Number(new URL(ready.slice('ready '.length)).port)
  }

  /** Ends the process with a signal and waits until it is gone. */
  async stop(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<Ending> {
    const run = this.#run
    if (!run) throw new Error('the chat does not run')
    this.#run = undefined
    run.child.kill(signal)
    return run.ended
  }

  /** Ends the process, if it runs, and removes its data. */
  async dispose(): Promise<void> {
    if (this.#run) await this.stop('SIGKILL')
    rmSync(this.dataDir, { recursive: true, force: true })
  }
}

class Run {
  readonly child: ChildProcess
  readonly firstLine: Promise<string>
  readonly ended: Promise<Ending>
  #stdout = ''
  #stderr = ''

  constructor(environment: Record<string, string>) {
    this.child = spawn(process.execPath, ['--conditions=coterie-source', MAIN], {
      env: { PATH: process.env.PATH ?? '', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { child } = this
    child.stderr?.on('data', (chunk) => {
      this.#stderr += chunk
    })
    this.ended = once(child, 'close').then(([code]) => ({
      code,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }))
    this.firstLine = new Promise((resolve, reject) => {
      child.stdout?.on('data', (chunk) => {
        this.#stdout += chunk
        const [line, ...more] = this.#stdout.split('\n')
        if (line !== undefined && more.length > 0) resolve(line)
      })
      child.on('close', () => reject(new Error(`the chat did not start: ${this.#stderr}`)))
    })
    // A caller that only waits for the end does not request it.
    this.firstLine.catch(() => {})
  }
}
