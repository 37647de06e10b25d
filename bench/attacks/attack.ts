import { WebSocketClient } from '../load/web-socket-client.ts'

/** Time for the server to release an attacker's connection, in ms. */
const ANSWER_TIMEOUT_MS = 30_000

/** A server that is attacked, with the limits that it has by default. */
export interface Target {
  readonly port: number
}

/** Something that one user does to cost the server as much as the limits allow. */
export interface Attack {
  /** What has to be there first; nobody is watched meanwhile. */
  prepare?(target: Target): Promise<void>
  /** Resolves when the server has answered, or let go of, all that was sent. */
  run(target: Target): Promise<void>
}

/** A connection of the user `eve`, who sends whatever she likes. */
export class Attacker {
  readonly #client: WebSocketClient
  readonly #answers = new Map<string, (frame: string) => void>()
  readonly #ended = Promise.withResolvers<void>()
  #asked = 0

  private constructor(port: number) {
    this.#client = new WebSocketClient(port, '/api/realtime/ws', {
      onText: (data, start, end) => {
        // The id is looked for where frames have it: an answer may be a megabyte.
        const head = data.toString('latin1', start, Math.min(end, start + 200))
        const id = /"id":"(\d+)"/.exec(head)?.[1]
        if (id === undefined) return
        this.#answers.get(id)?.(data.toString('utf8', start, end))
        this.#answers.delete(id)
      },
      onEnd: () => this.#ended.resolve(),
    })
  }

  /** Connects, and says who it is. */
  static async connect({ port }: Target, user = 'eve'): Promise<Attacker> {
    const attacker = new Attacker(port)
    await attacker.ask({ type: 'auth', token: user })
    return attacker
  }

  /** Sends a frame and resolves with its answer, or at the connection's end. */
  async ask(frame: object): Promise<string | undefined> {
    this.#asked += 1
    const id = `${this.#asked}`
    const answered = new Promise<string>((resolve) => this.#answers.set(id, resolve))
    this.#client.send(JSON.stringify({ ...frame, id }))
    const timeout = Promise.withResolvers<undefined>()
    const timer = setTimeout(() => timeout.resolve(undefined), ANSWER_TIMEOUT_MS)
    const answer = await Promise.race([answered, this.#ended.promise, timeout.promise])
    clearTimeout(timer)
    return answer ?? undefined
  }

  leave(): void {
    this.#client.destroy()
  }
}

/** Calls an operation as a user. @throws {Error} where it is refused */
export async function callAs(
  user: string,
  { port }: Target,
  path: string,
  body: object,
): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/api/realtime/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${user}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  await response.arrayBuffer()
}
