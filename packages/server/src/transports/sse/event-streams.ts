import type { IncomingMessage, ServerResponse } from 'node:http'
import { ok, type RealtimeError, type Result, refuse } from '@coterie/protocol'
import { accountOfAddress } from '../../core/limits/account.ts'
import type { Peer } from '../../core/peer.ts'
import { challengeHeaders } from '../../http/challenge.ts'
import type { ClientAddresses } from '../../http/client-address.ts'
import { corsHeaders } from '../../http/cors.ts'
import { errorResponse, NO_SNIFFING } from '../../http/error-response.ts'
import type { Identification } from '../../http/handshake.ts'
import type { RealtimeHub } from '../../hub.ts'
import type { UnreadBodies } from '../unread-bodies.ts'
import { lastEventId } from './last-event-id.ts'
import { SseTransport } from './sse-transport.ts'
import { type Opening, StreamAdmission } from './stream-admission.ts'
import { readStreamId } from './stream-id.ts'
import { bodySink, responseSink, type StreamSink } from './stream-sink.ts'

const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  // Buffering proxies would delay events.
  'X-Accel-Buffering': 'no',
  ...NO_SNIFFING,
}

interface OpenStream {
  /** Stops counting the stream. */
  readonly release: () => void
  readonly transport: SseTransport
  readonly peer: Peer
}

interface Stream extends OpenStream {
  /** The first headers of the response. */
  readonly headers: Readonly<Record<string, string>>
}

/** The parts of the server that opening streams needs. */
export interface EventStreamsParts {
  readonly hub: RealtimeHub
  readonly identification: Identification
  readonly addresses: ClientAddresses
  readonly unreadBodies: UnreadBodies
}

/** Opens streams of server-sent events and connects them to the hub. */
export class EventStreams {
  readonly #hub: RealtimeHub
  readonly #admission: StreamAdmission
  readonly #addresses: ClientAddresses
  readonly #unreadBodies: UnreadBodies

  constructor({ hub, identification, addresses, unreadBodies }: EventStreamsParts) {
    this.#hub = hub
    this.#addresses = addresses
    this.#unreadBodies = unreadBodies
    this.#admission = new StreamAdmission(hub, identification)
  }

  /** Answers a request of Node's server, either GET or HEAD. */
  async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const query = new URL(request.url ?? '', 'http://localhost').searchParams
    const remoteAddress = this.#addresses.of(request)
    const opened = await this.#open(request.method, {
      headers: request.headers as Opening['headers'],
      query,
      remoteAddress,
    })
    if (opened instanceof Response) {
      this.#unreadBodies.leave(request, response)
      response.writeHead(opened.status, Object.fromEntries(opened.headers))
      response.end(await opened.text())
      return
    }
    const end = endOf(opened)
    if (response.closed || request.socket.destroyed) {
      end()
      return
    }
    response.writeHead(200, opened.headers)
    response.flushHeaders()
    request.socket.setNoDelay(true)
    const onDrain = (): void => opened.peer.drained()
    begin(opened, responseSink(response, { onDrain, onClose: end }))
  }

  /** Answers a request of the Fetch API. */
  async fetch(request: Request, remoteAddress: string): Promise<Response> {
    const header = (name: string): string | undefined => request.headers.get(name) ?? undefined
    const headers = {
      origin: header('origin'),
      host: header('host') ?? new URL(request.url).host,
      authorization: header('authorization'),
      cookie: header('cookie'),
      'sec-fetch-site': header('sec-fetch-site'),
      'last-event-id': header('last-event-id'),
    }
    const query = new URL(request.url).searchParams
    const opened = await this.#open(request.method, { headers, query, remoteAddress })
    if (opened instanceof Response) return opened
    const onDrain = (): void => opened.peer.drained()
    const { sink, body } = bodySink({ onDrain, onClose: endOf(opened) })
    begin(opened, sink)
    return new Response(body, { headers: opened.headers })
  }

  // A refusal is sent as a response; an opened stream has begun and is written to.
  async #open(method: string | undefined, opening: Opening): Promise<Stream | Response> {
    const { headers } = opening
    const cors = corsHeaders(headers.origin, this.#hub.config.allowedOrigins)
    const isHead = method === 'HEAD'
    const opened = await (isHead ? this.#admission.preview(opening) : this.#openAdmitted(opening))
    if (opened.ok) {
      const streamHeaders = { ...STREAM_HEADERS, ...cors }
      return opened.value
        ? { ...opened.value, headers: streamHeaders }
        : new Response(null, { headers: streamHeaders })
    }
    const refusal = errorResponse(opened.error)
    const answer = new Response(isHead ? null : refusal.body, refusal)
    const added = { ...cors, ...challengeHeaders(answer.status, headers) }
    for (const [name, value] of Object.entries(added)) answer.headers.set(name, value)
    return answer
  }

  async #openAdmitted(opening: Opening): Promise<Result<OpenStream>> {
    const admitted = this.#hub.limits.connections.admit(opening.remoteAddress)
    if (!admitted.ok) {
      this.#hub.traffic.errors[admitted.error.code] += 1
      return admitted
    }
    const release = admitted.value
    try {
      const opened = await this.#connect(opening)
      if (opened.ok) return ok({ ...opened.value, release })
      release()
      this.#hub.traffic.errors[opened.error.code] += 1
      return opened
    } catch (error) {
      release()
      throw error
    }
  }

  async #connect(opening: Opening): Promise<Result<Omit<OpenStream, 'release'>>> {
    const admitted = await this.#admission.check(opening)
    if (!admitted.ok) return admitted
    const { channels, principal, notAnonymous } = admitted.value
    // Very many clients reconnect at once after a restart.
    await this.#hub.turns.take(principal?.userId ?? accountOfAddress(opening.remoteAddress))
    const transport = new SseTransport(channels, opening.remoteAddress, this.#hub.config.heartbeat)
    const peer = this.#hub.connect(transport, principal, notAnonymous)
    if (transport.refusal !== undefined) {
      peer.end()
      return refuse('limit_exceeded', transport.refusal)
    }
    transport.onAlive = () => peer.sawLife()
    const since = lastEventId(opening.headers['last-event-id'], opening.query)
    const refusal = await this.#join(peer, transport, channels, since)
    if (!refusal) return ok({ transport, peer })
    peer.end()
    return { ok: false, error: refusal }
  }

  async #join(
    peer: Peer,
    transport: SseTransport,
    channels: readonly string[],
    since: string | undefined,
  ): Promise<RealtimeError | undefined> {
    const places = since === undefined ? [] : readStreamId(since, channels)
    const joined = await Promise.all(
      channels.map((channel, index) => {
        const place = places[index]
        const resume = place && { since: place.since }
        return peer.join({ type: 'subscribe', channel, ...resume }, place?.others)
      }),
    ).catch((error: unknown) => {
      this.#hub.logger.error({ error }, 'an event stream could not be opened')
      return [refuse('unavailable', 'the server could not do this now')]
    })
    for (const [index, result] of joined.entries()) {
      if (!result.ok) return result.error
      transport.startAt(channels[index] ?? '', result.value.startsAt)
    }
    return undefined
  }
}

function endOf({ peer, release }: OpenStream): () => void {
  return () => {
    peer.end()
    release()
  }
}

function begin({ transport, peer }: OpenStream, sink: StreamSink): void {
  transport.begin(sink)
  // Missed events have waited for a reader.
  peer.drained()
}
