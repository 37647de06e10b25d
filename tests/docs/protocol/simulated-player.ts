import { ok } from '@coterie/protocol'
import {
  type Closed,
  createTestHub,
  FakeClock,
  nameAuthenticator,
  type TestHub,
  type TestUser,
  testPrincipal,
} from '@coterie/testing'
import { HUB_OF_THE_PAGE } from './hub-of-the-page.ts'
import { amount, type Frame, type Player } from './player.ts'

/** Opens a connection in simulated time, on which the page is played. */
export async function openSimulated(): Promise<Player> {
  const clock = new FakeClock()
  const world = await createTestHub({
    ...HUB_OF_THE_PAGE,
    clock,
    authenticator: {
      async authenticate(token) {
        const [name = '', seconds] = token.split(' ')
        if (seconds === undefined) return nameAuthenticator.authenticate(name)
        return ok(testPrincipal(name, { expiresAtMs: clock.now() + Number(seconds) * 1_000 }))
      },
    },
  })
  return new SimulatedPlayer(world, await world.connect(undefined))
}

type Happening = (world: TestHub<never>, player: TestUser, ...given: string[]) => Promise<unknown>

/** What may happen beside what the client sends, by how the page says it. */
const HAPPENINGS: readonly (readonly [RegExp, Happening])[] = [
  [/^(\d+) s pass$/, ({ clock }, _, seconds) => clock.advance(Number(seconds) * 1_000)],
  [
    /^the application sends "(.*)"$/,
    async ({ hub }, { socket }, text) =>
      hub.webSockets.sendMessage(socket.connectionId, 'text', text),
  ],
  [
    /^the application kicks (\w+) from room (\w+)$/,
    ({ hub }, _, user = '', room = '') => hub.rooms.kick(room, user, { reason: 'spam' }),
  ],
  [
    /^the application bans (\w+) from room (\w+)$/,
    ({ hub }, _, user = '', room = '') => hub.rooms.ban(room, user, { reason: 'spam' }),
  ],
  [
    /^(\w+) subscribes to (\S+)$/,
    async ({ connect }, _, user, channel = '') => (await connect(user)).subscribe(channel),
  ],
  [
    /^(\w+) opens ([\d,]+) other connections$/,
    async ({ connect }, _, user, count = '') => {
      for (let n = 0; n < amount(count); n += 1) await connect(user)
    },
  ],
]

class SimulatedPlayer implements Player {
  readonly #world: TestHub<never>
  readonly #user: TestUser

  constructor(world: TestHub<never>, user: TestUser) {
    this.#world = world
    this.#user = user
  }

  get frames(): readonly Frame[] {
    return this.#user.frames as readonly Frame[]
  }

  get closed(): Closed | undefined {
    return this.#user.closed
  }

  send(message: string | Uint8Array<ArrayBuffer>): void {
    if (typeof message !== 'string') throw new Error('simulated connections carry text')
    this.#user.sendText(message)
  }

  async until(condition: () => boolean): Promise<void> {
    try {
      await this.#world.clock.until(condition)
    } catch {
      throw new Error(`what the page says did not come; received ${JSON.stringify(this.frames)}`)
    }
  }

  async happen(sentence: string): Promise<void> {
    // What was sent before has arrived by then.
    await this.#world.clock.advance(1)
    for (const [pattern, happening] of HAPPENINGS) {
      const match = pattern.exec(sentence)
      if (match) {
        await happening(this.#world, this.#user, ...match.slice(1))
        return
      }
    }
    throw new Error(`nobody knows how to do what the page says: ${sentence}`)
  }

  async end(): Promise<void> {
    this.#user.cut()
  }
}
