import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Hub } from '@coterie/server'
import { expect, it, onTestFinished } from 'vitest'
import { operationsOf, readDocument } from './checked-fetch.ts'
import { SERVER_KEY, startRestHub } from './rest-hub.ts'

type Send = (request: Request) => Promise<Response>
type Body = NonNullable<RequestInit['body']>

const AS_SERVER = { authorization: `Bearer ${SERVER_KEY}`, 'content-type': 'application/json' }

async function attach(hub: Hub): Promise<string> {
  const server = createServer((_, response) => response.writeHead(404).end())
  hub.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The ways in which a hub is given requests. */
const WAYS: Readonly<Record<string, (hub: Hub) => Promise<[string, Send]>>> = {
  'by listen': async (hub) => [await hub.listen({ port: 0 }), fetch],
  'by attach': async (hub) => [await attach(hub), fetch],
  'by fetch': async (hub) => ['http://hub', (request) => hub.fetch(request)],
}

function inChunks(text: string, chunkBytes = 7): ReadableStream<Uint8Array> {
  const bytes = Buffer.from(text)
  let at = 0
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.subarray(at, at + chunkBytes))
      at += chunkBytes
      if (at >= bytes.length) controller.close()
    },
  })
}

function requestTo(url: string, method: string, body: Body, headers: object = AS_SERVER): Request {
  return new Request(url, { method, body, headers: { ...headers }, duplex: 'half' } as RequestInit)
}

it.each(Object.keys(WAYS))(
  'reads a body of every operation that comes in chunks, %s',
  async (way) => {
    const { hub } = await startRestHub()
    const operations = operationsOf(await readDocument((request) => hub.fetch(request)))
    const withBody = operations.filter(({ operation }) => operation.requestBody)
    expect(withBody.length).toBeGreaterThan(15)
    const [url, send] = (await WAYS[way]?.(hub)) ?? ['', fetch]
    for (const { method, path, operation } of withBody) {
      const { example } = operation.requestBody?.content['application/json'] ?? {}
      const address = url + path.replace(/\{\w+\}/g, 'one')
      const text = JSON.stringify(example)
      const whole = await send(requestTo(address, method, text))
      const chunked = await send(requestTo(address, method, inChunks(text)))
      expect([method, path, chunked.status]).not.toEqual([method, path, 500])
      // Doing it again is refused by some, and never with another kind of status.
      if (whole.status >= 400) expect([path, chunked.status]).toEqual([path, whole.status])
      await Promise.all([whole.text(), chunked.text()])
    }
  },
)

it.each(Object.keys(WAYS))('understands a body that comes in chunks, %s', async (way) => {
  const { hub } = await startRestHub()
  const [url, send] = (await WAYS[way]?.(hub)) ?? ['', fetch]
  const publish = (text: string) =>
    send(requestTo(`${url}/api/realtime/publish`, 'POST', inChunks(text)))
  const published = await publish('{"channel":"room:1","event":"e","payload":"grüße 👋"}')
  expect([published.status, await published.json()]).toMatchObject([200, { duplicate: false }])
  for (const [text, status] of [
    ['{"channel":', 400],
    ['', 400],
    ['{"channel":"room:1","event":"e"}', 422],
  ] as const) {
    const refused = await publish(text)
    expect([text, refused.status]).toEqual([text, status])
    expect(await refused.json()).toMatchObject({ error: { code: 'invalid_payload' } })
  }
})

it.each(Object.keys(WAYS))('refuses with 413 what comes in too many chunks, %s', async (way) => {
  const { hub } = await startRestHub({ limits: { frameBytes: 1_024 } })
  const [url, send] = (await WAYS[way]?.(hub)) ?? ['', fetch]
  const address = `${url}/api/realtime/publish`
  const body = (length: number) => {
    const frame = '{"channel":"room:1","event":"e","payload":""}'
    return frame.replace('""', `"${'x'.repeat(length - frame.length)}"`)
  }
  const answers = [1_024, 1_025].map(async (length) => {
    const answer = await send(requestTo(address, 'POST', inChunks(body(length), 100)))
    await answer.text()
    return answer.status
  })
  expect(await Promise.all(answers)).toEqual([200, 413])
})

it('refuses a body that never ends as soon as it is too long', async () => {
  const { hub } = await startRestHub({ limits: { frameBytes: 1_024 } })
  let sentBytes = 0
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sentBytes += 512
      controller.enqueue(new Uint8Array(512))
    },
  })
  const request = requestTo('http://hub/api/realtime/publish', 'POST', endless)
  expect((await hub.fetch(request)).status).toBe(413)
  expect(sentBytes).toBeLessThan(10_000)
})

it('believes no length that a framework hands over with a longer body', async () => {
  const { hub } = await startRestHub({ limits: { frameBytes: 1_024 } })
  const headers = { ...AS_SERVER, 'content-length': '10' }
  const request = requestTo('http://hub/api/realtime/publish', 'POST', 'x'.repeat(2_000), headers)
  expect((await hub.fetch(request)).status).toBe(413)
})

it('logs no fault of its own for a body that breaks off', async () => {
  const errors: unknown[] = []
  const error = (fields: object): void => void errors.push(fields)
  const { hub } = await startRestHub({ logger: { debug() {}, info() {}, warn() {}, error } })
  const broken = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.error(new Error('the connection was lost'))
    },
  })
  const answer = await hub.fetch(requestTo('http://hub/api/realtime/publish', 'POST', broken))
  expect([answer.status, errors]).toEqual([400, []])
})
