import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerFrame } from '@coterie/protocol'
import { SignJWT } from 'jose'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

const SECRET = 'a secret for servers under test, long enough'
const PROGRAM = join(import.meta.dirname, 'notification-server.ts')

/** A server in a process of its own, which may die at the worst moment. */
class NotificationServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'coterie-inbox-'))
  #process: ChildProcess | undefined
  port = 0

  constructor() {
    onTestFinished(() => {
      this.#process?.kill('SIGKILL')
      rmSync(this.#folder, { recursive: true, force: true })
    })
  }

  async start(death = 'never'): Promise<void> {
    this.#process = fork(PROGRAM, [this.#folder, `${this.port}`, death], {
      execArgv: ['--conditions=coterie-source'],
      env: { PATH: process.env.PATH, SECRET },
    })
    const [{ port }] = (await once(this.#process, 'message')) as [{ port: number }]
    this.port = port
  }

  notify(recipients: readonly string[]): void {
    this.#process?.send({ recipients })
  }

  async died(): Promise<void> {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) {
      await once(this.#process, 'exit')
    }
    expect(this.#process?.signalCode).toBe('SIGKILL')
  }

  async inboxOf(userId: string): Promise<readonly string[]> {
    const process = this.#process as ChildProcess
    process.send({ list: userId })
    const [{ ids }] = (await once(process, 'message')) as [{ ids: string[] }]
    return ids
  }
}

/** A device of a user, which acknowledges whatever it gets. */
class Device {
  readonly titles: string[] = []
  readonly #acknowledged = new Set<string>()
  unreadCount: number | undefined
  #socket: WebSocket | undefined

  constructor() {
    onTestFinished(() => this.#socket?.terminate())
  }

  async connect({ port }: NotificationServer, userId: string): Promise<void> {
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(userId)
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(SECRET))
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/realtime/ws`, {
      headers: { authorization: `Bearer ${token}` },
    })
    this.#socket = socket
    socket.on('error', () => {})
    socket.on('message', (data) => this.#receive(JSON.parse(String(data)) as ServerFrame))
    await once(socket, 'message')
  }

  get hasAcknowledged(): boolean {
    return this.#acknowledged.size > 0
  }

  #receive(frame: ServerFrame): void {
    if (frame.type === 'inbox') this.unreadCount = frame.unread_count
    if (frame.type === 'reply') this.#acknowledged.add(frame.id)
    if (frame.type !== 'notification') return
    const { id, title } = frame.payload
    this.titles.push(title)
    this.#socket?.send(JSON.stringify({ type: 'ack', id, notifications: [id] }))
  }
}

it('gives every device a notification that was stored and not pushed when the process was killed', async () => {
  const server = new NotificationServer()
  await server.start('before the push')
  const [laptop, phone, bob, cleo] = [new Device(), new Device(), new Device(), new Device()]
  await Promise.all([
    laptop.connect(server, 'ada'),
    phone.connect(server, 'ada'),
    bob.connect(server, 'bob'),
  ])
  server.notify(['ada', 'bob', 'cleo'])
  await server.died()
  expect([laptop, phone, bob].flatMap(({ titles }) => titles)).toEqual([])

  await server.start()
  // One after the other: what the first has acknowledged is not taken from the second.
  for (const [device, userId] of [
    [laptop, 'ada'],
    [phone, 'ada'],
    [bob, 'bob'],
    [cleo, 'cleo'],
  ] as const) {
    await device.connect(server, userId)
    await expect.poll(() => device.hasAcknowledged).toBe(true)
  }
  for (const device of [laptop, phone, bob, cleo]) {
    await expect.poll(() => device.unreadCount).toBe(1)
    expect(device.titles).toEqual(['News'])
  }
  for (const userId of ['ada', 'bob', 'cleo']) {
    expect(await server.inboxOf(userId)).toHaveLength(1)
  }
})
