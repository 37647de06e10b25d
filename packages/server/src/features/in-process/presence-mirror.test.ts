import { RealtimeError } from '@coterie/protocol'
import { createMemoryEngine } from '@coterie/server'
import type { Engine } from '@coterie/server/engine'
import { createTestHub, FakeClock, SeededRandom, type TestUser } from '@coterie/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const CHANNEL = 'chat:general'
/** Longer than the windows and the grace of presence. */
const SETTLED_MS = 200

async function start() {
  const world = await startWith({})
  world.hub.createChannel(CHANNEL)
  return world
}

async function startWith(options: Parameters<typeof createTestHub>[0]) {
  const world = await createTestHub({ channels: {}, presence: { graceMs: 10 }, ...options })
  const { hub, clock } = world
  const present = async (): Promise<readonly unknown[]> => {
    await clock.advance(SETTLED_MS)
    return hub.getPresence(CHANNEL).map(({ clientId, metadata }) => [clientId, metadata])
  }
  const enter = async (data?: { readonly name: string }): Promise<TestUser> => {
    const ada = await world.connect('ada')
    await ada.subscribe(CHANNEL, { presence: data ? { data } : true })
    return ada
  }
  return { ...world, present, enter }
}

describe('a user who is there as a client of the process and by a socket', () => {
  it('stays when the client of the process leaves, and shows what the socket says', async () => {
    const { hub, present, enter } = await start()
    hub.join(CHANNEL, 'ada', { name: 'in process' })
    const socket = await enter({ name: 'by socket' })
    hub.leave(CHANNEL, 'ada')
    expect(await present()).toEqual([['ada', { status: 'online', data: { name: 'by socket' } }]])
    await socket.unsubscribe(CHANNEL)
    expect(await present()).toEqual([])
  })

  it('stays when the socket leaves, and shows what the process said', async () => {
    const { hub, present, enter } = await start()
    const socket = await enter()
    hub.join(CHANNEL, 'ada', { name: 'in process' })
    await socket.unsubscribe(CHANNEL)
    expect(await present()).toEqual([['ada', { name: 'in process' }]])
    hub.disconnect('ada')
    expect(await present()).toEqual([])
  })

  it('neither leaves nor joins for those who ask for differences', async () => {
    const { hub, present, enter } = await start()
    hub.join(CHANNEL, 'ada')
    await enter()
    await present()
    hub.getPresenceDiff(CHANNEL)
    hub.leave(CHANNEL, 'ada')
    await present()
    expect(hub.getPresenceDiff(CHANNEL)).toMatchObject({ joins: [], leaves: [] })
  })

  it('is there once for sockets, who see no leave before the last', async () => {
    const { hub, clock, connect, enter } = await start()
    const eve = await connect('eve')
    await eve.subscribe(CHANNEL, { presence: true })
    hub.join(CHANNEL, 'ada')
    const socket = await enter()
    hub.leave(CHANNEL, 'ada')
    await clock.advance(SETTLED_MS)
    const left = eve.frames.flatMap((frame) => (frame.type === 'presence' ? frame.leaves : []))
    expect(left).toEqual([])
    await socket.unsubscribe(CHANNEL)
    await eve.sees('presence', { leaves: [{ user_id: 'ada' }] })
  })

  it('is gone with the channel, and not there when it is made again', async () => {
    const { hub, present, enter } = await start()
    hub.join(CHANNEL, 'ada')
    await enter()
    hub.removeChannel(CHANNEL)
    expect(await present()).toEqual([])
    hub.createChannel(CHANNEL)
    expect(await present()).toEqual([])
  })
})

describe('a channel that is made while users are in it', () => {
  /** A world whose engine takes its time, or fails, when it is asked what a map holds. */
  async function startSlow() {
    const clock = new FakeClock()
    const memory = createMemoryEngine({ clock, random: new SeededRandom(1) })
    const reads = { delayMs: 0, fail: false }
    const engine: Engine = {
      ...memory,
      async entries(...map) {
        if (reads.fail) throw new RealtimeError('unavailable', 'the engine cannot be read')
        const held = await memory.entries(...map)
        if (reads.delayMs > 0) await new Promise<void>((go) => clock.setTimer(go, reads.delayMs))
        return held
      },
    }
    const channels = { 'chat:*': { presence: true } } as const
    const world = await startWith({ clock, engine, channels })
    const users = async () => (await world.present()).map((each) => (each as [string])[0])
    return { ...world, reads, users }
  }

  it('shows nobody who left while it was read', async () => {
    const { hub, enter, reads, users } = await startSlow()
    const ada = await enter()
    reads.delayMs = 50
    hub.createChannel(CHANNEL)
    await ada.unsubscribe(CHANNEL)
    expect(await users()).toEqual([])
  })

  it('shows a user as they are who changed while it was read', async () => {
    const { hub, enter, reads, present } = await startSlow()
    const ada = await enter({ name: 'before' })
    reads.delayMs = 50
    hub.createChannel(CHANNEL)
    await ada.request({ type: 'presence', channel: CHANNEL, data: { name: 'after' } })
    expect(await present()).toEqual([['ada', { status: 'online', data: { name: 'after' } }]])
  })

  it('shows nobody whom it had before it was removed and made again', async () => {
    const { hub, clock, enter, reads, users } = await startSlow()
    await enter()
    reads.delayMs = 50
    hub.createChannel(CHANNEL)
    await clock.settle()
    hub.removeChannel(CHANNEL)
    hub.createChannel(CHANNEL)
    expect(await users()).toEqual([])
  })

  it('shows everyone once it can be read, though it could not at first', async () => {
    const { hub, clock, connect, enter, reads, users } = await startSlow()
    await enter()
    reads.fail = true
    hub.createChannel(CHANNEL)
    await clock.settle()
    reads.fail = false
    const bob = await connect('bob')
    await bob.subscribe(CHANNEL, { presence: true })
    expect((await users()).toSorted()).toEqual(['ada', 'bob'])
  })
})

it('is there while anything of it is, in whatever order its parts come and go', async () => {
  const steps = fc.array(
    fc.record({
      user: fc.constantFrom('ada', 'bob'),
      step: fc.constantFrom('join', 'leave', 'disconnect', 'enter', 'exit', 'cut'),
    }),
    { maxLength: 12 },
  )
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const { hub, connect, present } = await start()
      const joined = new Set<string>()
      const sockets: { readonly user: string; readonly socket: TestUser }[] = []
      for (const { user, step } of taken) {
        const at = sockets.findIndex((each) => each.user === user)
        if (step === 'join') {
          hub.join(CHANNEL, user)
          joined.add(user)
        } else if (step === 'leave' || step === 'disconnect') {
          if (step === 'leave') hub.leave(CHANNEL, user)
          else hub.disconnect(user)
          joined.delete(user)
        } else if (step === 'enter') {
          const socket = await connect(user)
          await socket.subscribe(CHANNEL, { presence: true })
          sockets.push({ user, socket })
        } else if (at !== -1) {
          const [{ socket } = { socket: undefined }] = sockets.splice(at, 1)
          if (step === 'cut') socket?.cut()
          else await socket?.unsubscribe(CHANNEL)
        }
        const expected = new Set([...joined, ...sockets.map((each) => each.user)])
        const found = (await present()).map((each) => (each as [string])[0])
        expect(found.toSorted()).toEqual([...expected].toSorted())
      }
    }),
    { numRuns: 30 },
  )
})
