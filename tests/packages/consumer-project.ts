import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The folders of all that is published. */
export const PUBLISHED = ['protocol', 'server', 'client', 'testing', 'cli'] as const

/** Returns the folder of a published package. */
export function packageFolder(name: (typeof PUBLISHED)[number]): string {
  return join(root, 'packages', name)
}

/** Packs a package as it is published, and returns the path of the archive. */
export function pack(name: (typeof PUBLISHED)[number], destination: string): string {
  const args = ['pack', packageFolder(name), '--pack-destination', destination, '--json']
  const [packed] = JSON.parse(run('npm', args, destination)) as [{ filename: string }]
  return join(destination, packed.filename)
}

/** An empty folder in which somebody installed the published packages, and nothing else is known. */
export class ConsumerProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'coterie-consumer-'))

  /** @param others what else is installed, each with its version */
  constructor(...others: readonly string[]) {
    const archives = PUBLISHED.map((name) => pack(name, this.folder))
    this.write('package.json', '{"private":true,"type":"module"}')
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline']
    const types = ['@types/node@24.19.2', 'vitest@5.1.0']
    run('npm', ['install', ...quiet, ...types, ...others, ...archives], this.folder)
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text)
  }

  /** Type-checks a file strictly, the packages' own types included, and returns what is wrong. */
  typeCheck(file: string): string {
    const options = ['--strict', '--noEmit', '--target', 'es2024', '--module', 'nodenext']
    const tsc = join(root, 'node_modules', '.bin', 'tsc')
    try {
      return run(tsc, [...options, '--types', 'node', '--ignoreConfig', file], this.folder)
    } catch (error) {
      return (error as { stdout: string }).stdout
    }
  }

  /** Runs a program to its end and returns what it printed. @throws {Error} when it fails */
  run(file: string, environment: NodeJS.ProcessEnv = {}): string {
    return run(process.execPath, [file], this.folder, environment)
  }

  /** Runs the command that the packages bring. @throws {Error} when it fails */
  runCommand(...args: readonly string[]): string {
    return run(join(this.folder, 'node_modules', '.bin', 'coterie'), args, this.folder)
  }

  /** Starts the command that the packages bring; who starts it ends it. */
  startCommand(...args: readonly string[]): ChildProcess {
    const main = join(this.folder, 'node_modules', 'coterie', 'dist', 'main.js')
    const stdio = ['ignore', 'pipe', 'inherit'] as const
    return spawn(process.execPath, [main, ...args], {
      cwd: this.folder,
      env: publishedEnvironment(),
      stdio: [...stdio],
    })
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function run(
  command: string,
  args: readonly string[],
  folder: string,
  environment: NodeJS.ProcessEnv = {},
): string {
  const env = publishedEnvironment(environment)
  return execFileSync(command, args, { cwd: folder, encoding: 'utf8', env })
}

/** An environment in which only what is published counts: no source condition, the pinned Node. */
export function publishedEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...inherited } = process.env
  const PATH = `${dirname(process.execPath)}${delimiter}${inherited.PATH ?? ''}`
  return { ...inherited, PATH, ...more }
}
