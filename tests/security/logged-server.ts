import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SignJWT } from 'jose'
import { onTestFinished } from 'vitest'
import type { Serving } from './still-serves.ts'

const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))

/** What the server is configured with that nobody else may see. */
export interface ServerSecrets {
  readonly jwtSecret: string
  readonly serverKey: string
}

/** A real server in a process of its own that logs all it can, and what it wrote. */
export class LoggedServer implements Serving {
  readonly #folder = mkdtempSync(join(tmpdir(), 'coterie-logged-'))
  readonly #secrets: ServerSecrets
  #process: ChildProcess | undefined
  #address = ''
  /** All that it wrote to standard output and standard error. */
  written = ''
  #errors = ''

  private constructor(secrets: ServerSecrets) {
    this.#secrets = secrets
  }

  /** Starts a server for as long as the current test runs. */
  static async start(secrets: ServerSecrets, config: object): Promise<LoggedServer> {
    const server = new LoggedServer(secrets)
    onTestFinished(() => server.#remove())
    const { jwtSecret, serverKey } = secrets
    const whole = { apiKeys: [serverKey], jwtSecret, logLevel: 'debug', port: 0, ...config }
    writeFileSync(join(server.#folder, 'coterie.config.json'), JSON.stringify(whole))
    await server.#start()
    return server
  }

  /** The address of its paths. */
  get url(): string {
    return `${this.#address}/api/realtime`
  }

  /** Where the paths without the prefix are. */
  get address(): string {
    return this.#address
  }

  /** The lines of its log. */
  get logLines(): string[] {
    return this.#errors.split('\n').slice(0, -1)
  }

  /** Signs a token for a user. */
  tokenOf(userId: string, claims: Record<string, unknown> = {}): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(userId)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(this.#secrets.jwtSecret))
  }

  /** Asks it to end, and waits until all that it wrote has come. */
  async stop(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.kill('SIGTERM')
    await closed
  }

  async #start(): Promise<void> {
    const child = spawn(process.execPath, ['--conditions=coterie-source', main, 'start'], {
      cwd: this.#folder,
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    child.stderr.setEncoding('utf8').on('data', (data: string) => {
      this.written += data
      this.#errors += data
    })
    await new Promise<void>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (data: string) => {
        this.written += data
        const address = /^ready (\S+)\n/m.exec(data)?.[1]
        if (address === undefined) return
        this.#address = address
        resolve()
      })
      child.on('close', () => reject(new Error(`the server did not start: ${this.written}`)))
    })
  }

  async #remove(): Promise<void> {
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
