import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'

/** What a program wrote, and how it ended. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a program to its end.
 *
 * @param until ends it once it has written this
 */
export async function runProgram(
  [program = '', ...first]: readonly string[],
  rest: readonly string[],
  { cwd, env, until }: { cwd: string; env: NodeJS.ProcessEnv; until?: RegExp | undefined },
): Promise<Ran> {
  const child = spawn(program, [...first, ...rest], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let stdout = ''
  let isEnding = false
  let stderr = ''
  child.stdout.on('data', (data) => {
    stdout += data
    if (isEnding || !until?.test(stdout)) return
    isEnding = true
    child.kill('SIGTERM')
  })
  child.stderr.on('data', (data) => {
    stderr += data
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}
