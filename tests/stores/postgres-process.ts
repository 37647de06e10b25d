import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'

const DEBIAN_FOLDER = '/usr/lib/postgresql'
const ATTEMPTS = 3
/** As whom it runs where the tests are run by root, whom it refuses. */
const USER = 'postgres'

/** A real Postgres with a database of its own, gone with the tests. */
export class PostgresProcess {
  readonly #folder = mkdtempSync(join(tmpdir(), 'coterie-postgres-'))
  readonly #identity = identity()
  #process: ChildProcess | undefined
  #port = 0

  private constructor() {}

  /** Starts one; who starts it removes it. */
  static async start(): Promise<PostgresProcess> {
    const postgres = new PostgresProcess()
    const { uid, gid } = postgres.#identity
    if (uid !== undefined && gid !== undefined) chownSync(postgres.#folder, uid, gid)
    const options = ['--auth=trust', `--username=${USER}`, '--no-sync', '--encoding=UTF8']
    execFileSync(program('initdb'), [...options, postgres.#data], {
      ...postgres.#identity,
      cwd: postgres.#folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    for (let attempt = 1; ; attempt += 1) {
      postgres.#port = await findFreePort()
      try {
        await postgres.restart()
        return postgres
      } catch (error) {
        // Somebody else may have taken the port in between.
        if (attempt === ATTEMPTS) throw error
      }
    }
  }

  /** Where the database is; with a schema, that schema is the only one in sight. */
  url(schema = 'public'): string {
    const options = encodeURIComponent(`-c search_path=${schema}`)
    return `postgres://${USER}@127.0.0.1:${this.#port}/postgres?options=${options}`
  }

  /** Runs a statement over a connection of its own, and returns its rows. */
  async execute(sql: string): Promise<object[]> {
    const client = new pg.Client({ connectionString: this.url() })
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }

  /** Starts it again on the same port, with what it had kept. */
  async restart(): Promise<void> {
    const settings = {
      port: this.#port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: this.#folder,
      fsync: 'off',
      max_connections: 200,
    }
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const child = spawn(program('postgres'), ['-D', this.#data, ...flags], {
      ...this.#identity,
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#process = child
    let log = ''
    for await (const line of createInterface(child.stderr)) {
      log += `${line}\n`
      if (line.includes('ready to accept connections')) {
        child.stderr.resume()
        return
      }
    }
    throw new Error(`Postgres did not start: ${log}`)
  }

  /** Ends it at once, as a crash of the machine would, and with it every connection. */
  async kill(): Promise<void> {
    const pid = this.#process?.pid
    if (pid === undefined) return
    // Those that serve the connections would notice the end of their parent, but not at once.
    const servants = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
    const ended = this.#end('SIGKILL')
    for (const servant of servants.map(Number).filter(Boolean)) killIfThere(servant)
    await ended
  }

  /** Ends it, and deletes all that it kept. */
  async remove(): Promise<void> {
    await this.#end('SIGINT')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #data(): string {
    return join(this.#folder, 'data')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
}

function program(name: string): string {
  const folder = process.env.POSTGRES_BIN_PATH
  if (folder !== undefined) return join(folder, name)
  const [newest] = readdirSync(DEBIAN_FOLDER).toSorted((a, b) => Number(b) - Number(a))
  return join(DEBIAN_FOLDER, newest ?? '', 'bin', name)
}

function identity(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const idOf = (flag: string): number =>
    Number(execFileSync('id', [flag, USER], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
