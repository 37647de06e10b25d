import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { cutText } from '@coterie/protocol'
import { systemClock } from '../../system/system-clock.ts'

const MAX_RESPONSE_BYTES = 16_384
const MAX_EXCERPT_CHARACTERS = 200
/** How long a body that refuses may take, in ms; its status has come, and that counts. */
const MAX_EXCERPT_MS = 1_000
// Agents of our own: the global ones may be told by the environment to use a proxy, which would
// look the name up once more. No connection is kept, since few receivers get the next one soon.
const agents = { 'http:': new http.Agent(), 'https:': new https.Agent() }

/** A request that is ready to be sent. */
export interface WebhookRequest {
  readonly url: URL
  /** The only addresses to connect to, whatever the host's name means by now. */
  readonly addresses: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly signal: AbortSignal
}

/** What a receiver answered. */
export interface WebhookResponse {
  readonly status: number
  readonly retryAfter: string | undefined
  /** How its body begins, where it refuses. */
  readonly excerpt: string
}

/** Posts a webhook once, without following redirects. */
export async function postWebhook(request: WebhookRequest): Promise<WebhookResponse> {
  const response = await responseTo(request)
  const { statusCode: status = 0, headers } = response
  return {
    status,
    retryAfter: headers['retry-after'],
    excerpt: isTaken(status) ? discard(response) : await excerptOf(response),
  }
}

/** Tells whether a status says that the receiver has taken a webhook. */
export function isTaken(status: number): boolean {
  return status >= 200 && status < 300
}

function responseTo({ url, addresses, headers, body, signal }: WebhookRequest) {
  const { request } = url.protocol === 'https:' ? https : http
  const agent = agents[url.protocol === 'https:' ? 'https:' : 'http:']
  const lookup = pinnedLookup(addresses)
  return new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { method: 'POST', headers, agent, lookup, signal })
      .on('response', resolve)
      .on('error', reject)
      .end(body)
  })
}

function pinnedLookup(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_hostname, { all }, callback) => {
    const [first] = found
    if (all) callback(null, found)
    else if (first) callback(null, first.address, first.family)
    else callback(new Error('no address'), '')
  }
}

// Nobody waits for a body that says nothing more; it may never end.
function discard(response: IncomingMessage): '' {
  response.on('error', () => {}).destroy()
  return ''
}

async function excerptOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  const cancel = systemClock.setTimer(() => response.destroy(), MAX_EXCERPT_MS)
  try {
    // Leaving the loop destroys the connection.
    for await (const chunk of response) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes >= MAX_RESPONSE_BYTES) break
    }
  } catch {
    // The status has come, and only that counts.
  }
  cancel()
  const text = Buffer.concat(chunks).toString('utf8', 0, MAX_RESPONSE_BYTES)
  return cutText(text, MAX_EXCERPT_CHARACTERS)
}
