// Plain JavaScript for whatever Node the machine has: it brings the Node that all else needs.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

const bin = join(root, 'node_modules', '.bin')
const stamp = join(root, 'node_modules', '.coterie-installed')
const MIN_NODE = [22, 18]

/** Installs the packages of the lock file, unless they are already there. */
export function install() {
  const hash = createHash('sha256')
  hash.update(readFileSync(join(root, 'package-lock.json')))
  hash.update(process.platform + process.arch)
  const wanted = hash.digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  process.stderr.write('installing the packages of package-lock.json (up to a minute)\n')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  writeFileSync(stamp, wanted)
}

/** Runs a command to its end, its output on standard error; ends this process if it fails. */
export function run(command, args, environment = {}) {
  const status = tryRun(command, args, environment)
  if (status === 0) return
  process.stderr.write(`${command} ${args.join(' ')} failed\n`)
  process.exit(status)
}

/** Runs a command to its end, its output on standard error, and returns its exit status. */
export function tryRun(command, args, environment = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    env: { ...environmentWithNode(), ...environment },
    stdio: ['ignore', 2, 2],
  })
  if (error) process.stderr.write(`${command}: ${error.message}\n`)
  return status ?? 1
}

/** Runs a command in place of this process: same streams, same signals, same exit status. */
export function become(command, args) {
  const child = spawn(command, args, { cwd: root, env: environmentWithNode(), stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal))
  }
  child.on('exit', (status, signal) => process.exit(signal ? 1 : (status ?? 1)))
}

/** Returns the pinned Node, or this one where the pinned one has no build for the machine. */
export function pinnedNode() {
  const pinned = join(bin, 'node')
  if (existsSync(pinned)) return pinned
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [minMajor, minMinor] = MIN_NODE
  if (major > minMajor || (major === minMajor && minor >= minMinor)) return process.execPath
  process.stderr.write(
    `Node ${process.versions.node} is too old and no pinned Node exists for ${process.platform} ${process.arch}: install Node ${MIN_NODE.join('.')} or newer.\n`,
  )
  process.exit(1)
}

function environmentWithNode() {
  return { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` }
}
