import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { UserId } from '@coterie/protocol'
import { createSqliteStore } from '@coterie/server'
import { expect, it, onTestFinished } from 'vitest'

const program = fileURLToPath(new URL('notify-forever.ts', import.meta.url))

it('keeps everything that was acknowledged, though the process is killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coterie-killed-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'store.sqlite')
  let acknowledged = 0
  for (let life = 1; life <= 3; life += 1) {
    const args = ['--conditions=coterie-source', program, path]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const exited = once(child, 'exit')
    let inLife = 0
    for await (const line of createInterface(child.stdout)) {
      inLife = Number(line)
      if (inLife >= 200) child.kill('SIGKILL')
    }
    await exited
    acknowledged += inLife

    const store = createSqliteStore({ path })
    await store.start()
    const ada = 'ada' as UserId
    const count = await store.notifications.unreadCount(ada, 1)
    // The last one may have been stored without anybody hearing of it.
    expect(count - acknowledged).toBeOneOf([0, 1])
    const listed = await store.notifications.list(
      { userId: ada, limit: 9_999, recipients: 'all' },
      1,
    )
    expect(listed).toHaveLength(count)
    expect(listed.every(({ recipients }) => recipients.length === 2)).toBe(true)
    await store.notifications.deleteCreatedBefore(Number.MAX_SAFE_INTEGER, 9_999)
    expect(await store.notifications.unreadCount(ada, 1)).toBe(0)
    acknowledged = 0
    await store.close()
  }
})
