import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const main = fileURLToPath(new URL('../../../packages/cli/src/main.ts', import.meta.url))

/** The key that calls as the application. */
export const SERVER_KEY = 'a server key that nobody can guess'

/** A real server in a process of its own, configured by a file. */
export class IdentityServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'coterie-identity-'))
  #process: ChildProcess | undefined
  #port = 0
  /** What it has logged. */
  log = ''

  /** Starts a server for as long as the current test runs. */
  static async start(config: object): Promise<IdentityServer> {
    const server = new IdentityServer()
    onTestFinished(() => server.#remove())
    const whole = { apiKeys: [SERVER_KEY], ...config }
    writeFileSync(join(server.#folder, 'coterie.config.json'), JSON.stringify(whole))
    await server.start()
    return server
  }

  /** The address of its paths. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}/api/realtime`
  }

  /** The address of its WebSockets. */
  get socketUrl(): string {
    return `${this.url.replace('http', 'ws')}/ws`
  }

  /** Starts it again on the same port with the same data. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, ['--conditions=coterie-source', main, 'start'], {
      cwd: this.#folder,
      env: { PATH: process.env.PATH, PORT: `${this.#port}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    child.stderr.on('data', (data) => {
      this.log += data
    })
    for await (const line of child.stdout) {
      this.#port = Number(/^ready http:\/\/127\.0\.0\.1:(\d+)\n$/.exec(String(line))?.[1])
      return
    }
    throw new Error(`the server did not start: ${this.log}`)
  }

  /** Ends it as the operating system would. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  async #remove(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
