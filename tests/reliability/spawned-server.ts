import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SignJWT } from 'jose'
import { onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const secret = 'a secret for servers under test, long enough'

/** A real server in a process of its own, which can be killed and started again. */
export class SpawnedServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'coterie-server-'))
  #process: ChildProcess | undefined
  #port = 0

  /** Starts a server whose data is new, for as long as the current test runs. */
  static async start(config: object): Promise<SpawnedServer> {
    const server = new SpawnedServer()
    // Not with the scope that holds it: a test that times out never leaves its scope.
    onTestFinished(() => server.#remove())
    writeFileSync(join(server.#folder, 'coterie.config.json'), JSON.stringify(config))
    await server.start()
    return server
  }

  /** The address of its WebSockets. */
  get url(): string {
    return `ws://127.0.0.1:${this.#port}/api/realtime/ws`
  }

  /** Starts it again on the same port with the same data. */
  async start(): Promise<void> {
    const main = join(root, 'packages', 'cli', 'src', 'main.ts')
    const child = spawn(process.execPath, ['--conditions=coterie-source', main, 'start'], {
      cwd: this.#folder,
      env: { PATH: process.env.PATH, PORT: `${this.#port}`, COTERIE_JWT_SECRET: secret },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    let errors = ''
    child.stderr.on('data', (data) => {
      errors += data
    })
    for await (const line of child.stdout) {
      const port = /^ready http:\/\/127\.0\.0\.1:(\d+)\n$/.exec(String(line))?.[1]
      if (port === undefined) throw new Error(`expected the ready line, got ${line}`)
      this.#port = Number(port)
      return
    }
    throw new Error(`the server did not start: ${errors}`)
  }

  /** Where it keeps what outlives it. */
  get dataDir(): string {
    return join(this.#folder, '.coterie')
  }

  /** Ends it as the operating system would, without a word to anybody. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Asks it to end, and returns its exit status. */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  async #remove(): Promise<void> {
    await this.#end('SIGTERM')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Signs a token for a user. */
  token(userId: string): Promise<string> {
    return new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(userId)
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(secret))
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return null
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
    return child.exitCode
  }
}
