import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { STATES } from './unattended-calls.ts'

const PROGRAM = fileURLToPath(new URL('./unattended-process.ts', import.meta.url))

it.each(STATES)(
  'a process lives on that waits for no answer and disconnects when it is %s',
  async (state) => {
    const child = spawn(
      process.execPath,
      ['--conditions=coterie-source', '--unhandled-rejections=strict', PROGRAM, state],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ])
    expect({ code, err, out }).toEqual({ code: 0, err: '', out: 'lived on\n' })
  },
)
