import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isWellFormedJson, scanJson } from '@coterie/protocol'
import { createHub, type Hub } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { RawStream } from '../sse/raw-stream.ts'

const CHANNEL = 'room:1'
const KEY = 'a server key for exact payloads'
const AS_SERVER = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' }

const units = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.constantFrom('a', ' ', '"', '\\', '\n', '\u2028', '\0', '\u{1f600}'),
  },
  { weight: 1, arbitrary: fc.constantFrom('\ud83d', '\udc00') },
  { weight: 5, arbitrary: fc.string({ unit: 'binary', maxLength: 1 }) },
)
const texts = fc.array(units, { maxLength: 6 }).map((all) => JSON.stringify(all.join('')))
const numbers = fc.oneof(
  fc.constantFrom('-0', '1.0', '1e400', '-1e-400', '9007199254740993', '0.1000000000000000000001'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.bigInt().map(String),
)
const { document } = fc.letrec<{ readonly document: string }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(texts, numbers, fc.constantFrom('true', 'null')),
    fc
      .tuple(fc.array(tie('document'), { maxLength: 3 }), fc.constantFrom(',', ', ', ',\n\n '))
      .map(([items, separator]) => `[${items.join(separator)}]`),
    fc
      .array(fc.tuple(texts, tie('document')), { maxLength: 3 })
      .map((members) => `{${members.map(([name, value]) => `${name}: ${value}`).join(',')}}`),
  ),
}))

/** Publishes the text of a payload; resolves with whether it was taken. */
type Door = (payload: string) => Promise<boolean>

class Receivers {
  readonly #hub: Hub
  readonly #url: string
  readonly #stream: RawStream
  readonly #socket: WebSocket
  readonly #frames: string[] = []
  #arrived = (): void => {}

  constructor(hub: Hub, url: string, stream: RawStream, socket: WebSocket) {
    this.#hub = hub
    this.#url = url
    this.#stream = stream
    this.#socket = socket
    socket.on('message', (data) => {
      this.#frames.push(String(data))
      this.#arrived()
    })
  }

  /** Sends a frame and resolves with its answer. */
  async request(frame: string): Promise<string> {
    const from = this.#frames.length
    this.#socket.send(frame)
    return this.#frame((text) => /^\{"type":"(reply|error)"/.test(text), from)
  }

  /** Resolves with the texts of the newest payload, as each receiver has it. */
  async newest(seen: number): Promise<readonly (string | undefined)[]> {
    const live = await this.#frame((text) => text.startsWith('{"type":"event"'), 0, seen)
    const block = await this.#stream.next('event', seen)
    const asked = `{"type":"history","id":"h","channel":"${CHANNEL}","limit":1,"reverse":true}`
    return [
      payloadOf(live),
      payloadOf(block.data),
      newestOf(member(await this.request(asked), 'payload')),
      await newestByRest(this.#hub, this.#url),
    ]
  }

  async #frame(isIt: (text: string) => boolean, from: number, skip = 0): Promise<string> {
    for (;;) {
      const found = this.#frames.slice(from).filter(isIt)[skip]
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        this.#arrived = resolve
      })
    }
  }
}

function member(text: string, name: string): string | undefined {
  return scanJson(text, Number.POSITIVE_INFINITY, name).member
}

function payloadOf(event: string): string | undefined {
  return member(event, 'payload')
}

function newestOf(page: string | undefined): string | undefined {
  const events = page === undefined ? undefined : member(page, 'events')
  return events === undefined ? undefined : payloadOf(events.slice(1, -1))
}

async function newestByRest(hub: Hub, url: string): Promise<string | undefined> {
  const path = `${url}/channels/${CHANNEL}/history?limit=1&reverse=true`
  const response = await hub.fetch(new Request(path, { headers: AS_SERVER }))
  return newestOf(await response.text())
}

function makeHub(dataDir: string): Hub {
  const limits = { framesPerSecond: 100_000, framesBurst: 100_000, userRequestsPerSecond: 0 }
  const hub = createHub({
    dataDir,
    limits,
    apiKeys: [KEY],
    authenticator: nameAuthenticator,
    channels: { 'room:*': { history: { size: 10_000 } } },
  })
  onTestFinished(() => hub.close())
  return hub
}

it('shows any payload to everybody as it was sent, or refuses it', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'coterie-exact-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const hub = makeHub(dataDir)
  const url = `${await hub.listen({ port: 0 })}/api/realtime`
  const asAda = { authorization: 'Bearer ada' }
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers: asAda })
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  const stream = await RawStream.open(`${url}/events?channels=${CHANNEL}`, asAda)
  const { session } = JSON.parse((await stream.next('connection')).data) as { session: string }
  const receivers = new Receivers(hub, url, stream, socket)
  await receivers.request(`{"type":"subscribe","id":"s","channel":"${CHANNEL}"}`)

  const frame = (payload: string): string =>
    `{"type":"publish","id":"p","channel":"${CHANNEL}","event":"e","payload": ${payload}}`
  const post = (path: string, headers: Record<string, string>, body: string): Promise<Response> =>
    fetch(`${url}/${path}`, { method: 'POST', headers, body })
  const doors: Readonly<Record<string, Door>> = {
    socket: async (payload) => (await receivers.request(frame(payload))).startsWith('{"type":"r'),
    'POST /frames': async (payload) => {
      const headers = { authorization: `Session ${session}` }
      const answers = await (await post('frames', headers, `[${frame(payload)}]`)).text()
      return answers.startsWith('[{"type":"reply"')
    },
    'POST /publish': async (payload) => {
      const body = `{"channel":"${CHANNEL}","event":"e","payload":${payload}}`
      return (await post('publish', AS_SERVER, body)).ok
    },
    publishJsonText: async (payload) => (await hub.publishJsonText(CHANNEL, 'e', payload)).ok,
  }

  let published = 0
  let last: string | undefined
  await fc.assert(
    fc.asyncProperty(document, fc.constantFrom(...Object.keys(doors)), async (payload, name) => {
      const isTaken = await doors[name]?.(payload)
      expect([name, isTaken]).toEqual([name, isWellFormedJson(payload)])
      if (!isTaken) return
      const shown = await receivers.newest(published)
      published += 1
      last = payload
      expect([name, ...new Set(shown)]).toEqual([name, payload])
    }),
    { numRuns: 150, endOnFailure: true },
  )
  expect(published).toBeGreaterThan(50)
  await hub.close()
  expect(await newestByRest(makeHub(dataDir), url)).toBe(last)
})
