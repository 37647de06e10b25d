import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

const PROGRAM = process.env.NGINX_PATH ?? '/usr/sbin/nginx'
const ATTEMPTS = 3

/** A real nginx before a server, with every setting that shapes traffic at its default. */
export class NginxProcess {
  readonly #folder = mkdtempSync(join(tmpdir(), 'coterie-nginx-'))
  readonly #upstream: string
  #process: ChildProcess | undefined
  #port = 0

  private constructor(upstream: string) {
    this.#upstream = upstream
  }

  /** Starts one before a server, for as long as the current test runs. */
  static async start(upstream: string): Promise<NginxProcess> {
    const nginx = new NginxProcess(`http://${new URL(upstream).host}`)
    onTestFinished(async () => {
      await nginx.stop()
      rmSync(nginx.#folder, { recursive: true, force: true })
    })
    mkdirSync(join(nginx.#folder, 'logs'))
    for (let attempt = 1; ; attempt += 1) {
      nginx.#port = await findFreePort()
      try {
        await nginx.start()
        return nginx
      } catch (error) {
        // Somebody else may have taken the port in between.
        if (attempt === ATTEMPTS) throw error
      }
    }
  }

  /** Its own address. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Starts it again on the same port. */
  async start(): Promise<void> {
    const path = join(this.#folder, 'nginx.conf')
    writeFileSync(path, configurationOf(this.#port, this.#upstream))
    const child = spawn(PROGRAM, ['-p', this.#folder, '-c', path, '-e', 'stderr'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#process = child
    let errors = ''
    for await (const line of createInterface(child.stderr)) {
      errors += `${line}\n`
      if (line.includes('start worker process')) {
        child.stderr.resume()
        return
      }
    }
    throw new Error(`nginx did not start: ${errors}`)
  }

  /** Ends it at once, and with it every connection. */
  async stop(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    await exited
  }
}

function configurationOf(port: number, upstream: string): string {
  // Workers would else run as somebody who may not enter the folder.
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
    ${user}
    daemon off;
    worker_processes 1;
    pid nginx.pid;
    error_log stderr notice;
    events {}
    http {
      access_log off;
      ${paths.map((name) => `${name}_temp_path ${name};`).join(' ')}
      server {
        listen 127.0.0.1:${port};
        location / { proxy_pass ${upstream}; }
      }
    }
  `
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
