import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The programs that tests run, by Debian's package of each and where it may be already. */
const PROGRAMS = {
  'chromium-headless-shell': [
    process.env.CHROMIUM_PATH,
    '/usr/bin/chromium',
    '/usr/bin/chromium-headless-shell',
  ],
  'nginx-light': [process.env.NGINX_PATH, '/usr/sbin/nginx'],
  postgresql: [process.env.POSTGRES_BIN_PATH, ...postgresPrograms()],
}
const SERVICE_POLICY = '/usr/sbin/policy-rc.d'
const LOCKED = /Could not get lock|Unable to (?:acquire|lock)/
const LOCK_PAUSE_MS = 5_000
const MAX_LOCK_WAIT_MS = 20 * 60_000

/** Installs the programs that tests run where Debian's packages of them are missing. */
export function installPrograms() {
  const missing = Object.entries(PROGRAMS)
    .filter(([, paths]) => !paths.some((path) => path && existsSync(path)))
    .map(([name]) => name)
  if (missing.length === 0) return
  process.stderr.write(`installing ${missing.join(', ')} (a minute or two)\n`)
  aptGet(['update', '-qq'])
  withoutServices(() => aptGet(['install', '-y', '-qq', '--no-install-recommends', ...missing]))
}

/**
 * Runs `apt-get`, and waits while another process holds one of its locks.
 *
 * A fresh machine upgrades itself in the background. `DPkg::Lock::Timeout` would not do: it does
 * not cover the lock of the package lists.
 *
 * @throws {Error} When it fails, or when the locks are held for longer than 20 minutes.
 */
export function aptGet(args, lockPauseMs = LOCK_PAUSE_MS) {
  for (let waitedMs = 0; ; waitedMs += lockPauseMs) {
    const { status, error, stderr } = spawnSync('apt-get', args, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
      stdio: ['ignore', 2, 'pipe'],
      encoding: 'utf8',
    })
    if (status === 0) return
    if (!LOCKED.test(stderr ?? '') || waitedMs >= MAX_LOCK_WAIT_MS) {
      throw new Error(`apt-get ${args.join(' ')} failed: ${error?.message ?? stderr}`)
    }
    if (waitedMs === 0) process.stderr.write('waiting for another package manager to finish\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lockPauseMs)
  }
}

// Debian keeps a folder for each version, and none of them in the path.
function postgresPrograms() {
  const folder = '/usr/lib/postgresql'
  const versions = existsSync(folder) ? readdirSync(folder) : []
  return versions.map((version) => join(folder, version, 'bin', 'postgres'))
}

// Debian starts the services that it installs, unless this script says no; tests want the program.
function withoutServices(install) {
  if (existsSync(SERVICE_POLICY)) return install()
  writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    return install()
  } finally {
    rmSync(SERVICE_POLICY)
  }
}
