import type { IncomingMessage, ServerResponse } from 'node:http'
import { canonicalChannel, ok, type RealtimeError, type Result, refuse } from '@coterie/protocol'
import type { RealtimeHub } from '../../hub.ts'
import type { Peer } from '../../peer.ts'
import { errorResponse, NO_SNIFFING } from '../../rest/error-response.ts'
import type { ClientAddresses } from '../client-address.ts'
import { corsHeaders } from '../cors.ts'
import type { HandshakeHeaders, Identification } from '../handshake.ts'
import { lastEventId } from './last-event-id.ts'
import { SseTransport } from './sse-transport.ts'
import { readStreamId } from './stream-id.ts'
import { bodySink, responseSink, type StreamSink } from './stream-sink.ts'

const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  // Proxies that collect responses would hold events back.
  'X-Accel-Buffering': 'no',
  ...NO_SNIFFING,
}

/** What a request for an event stream says, whatever kind of request it is. */
interface Opening {
  readonly headers: HandshakeHeaders & { readonly 'last-event-id'?: string | undefined }
  readonly query: URLSearchParams
  readonly remoteAddress: string
}

interface Stream {
  /** Counts it no more. */
  readonly release: () => void
  readonly transport: SseTransport
  readonly peer: Peer
}

/** Opens streams of server-sent events and joins them to the hub. */
export class EventStreams {
  readonly #hub: RealtimeHub
  readonly #identification: Identification
  readonly #addresses: ClientAddresses

  constructor(hub: RealtimeHub, identification: Identification, addresses: ClientAddresses) {
    this.#hub = hub
    this.#addresses = addresses
    this.#identification = identification
  }

  /** Answers a request of Node's server. */
  async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const query = new URL(request.url ?? '', 'http://localhost').searchParams
    const remoteAddress = this.#addresses.of(request)
    const headers = request.headers as Opening['headers']
    const opened = await this.#open({ headers, query, remoteAddress })
    const cors = corsHeaders(headers.origin, this.#hub.config.allowedOrigins)
    if (!opened.ok) {
      const refusal = errorResponse(opened.error)
      response.writeHead(refusal.status, { ...Object.fromEntries(refusal.headers), ...cors })
      response.end(await refusal.text())
      return
    }
    const end = endOf(opened.value)
    if (response.closed || request.socket.destroyed) {
      end()
      return
    }
    response.writeHead(200, { ...STREAM_HEADERS, ...cors })
    response.flushHeaders()
    request.socket.setNoDelay(true)
    const onDrain = (): void => opened.value.peer.drained()
    begin(opened.value, responseSink(response, { onDrain, onClose: end }))
  }

  /** Answers a request of the web platform's kind. */
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
    const opened = await this.#open({ headers, query, remoteAddress })
    if (!opened.ok) return errorResponse(opened.error)
    const onDrain = (): void => opened.value.peer.drained()
    const { sink, body } = bodySink({ onDrain, onClose: endOf(opened.value) })
    begin(opened.value, sink)
    return new Response(body, { headers: STREAM_HEADERS })
  }

  async #open(opening: Opening): Promise<Result<Stream>> {
    const admitted = this.#hub.limits.connections.admit(opening.remoteAddress)
    if (!admitted.ok) return admitted
    const release = admitted.value
    try {
      const opened = await this.#openAdmitted(opening)
      if (opened.ok) return ok({ ...opened.value, release })
      release()
      return opened
    } catch (error) {
      release()
      throw error
    }
  }

  async #openAdmitted({
    headers,
    query,
    remoteAddress,
  }: Opening): Promise<Result<Omit<Stream, 'release'>>> {
    if (this.#hub.isClosing) return refuse('unavailable', 'the server is leaving')
    const named = (query.get('channels') ?? '').split(',').filter((name) => name !== '')
    // Reading a query puts this in the place of what is not UTF-8.
    if (named.some((name) => name.includes('\ufffd'))) {
      return refuse('invalid_channel', 'channels: expected UTF-8, percent-encoded')
    }
    const channels = named.map(canonicalChannel)
    if (new Set(channels).size < channels.length) {
      return refuse('invalid_channel', 'channels: a channel is listed twice')
    }
    const identified = await this.#identification.identify(headers, query, remoteAddress)
    if (!identified.ok) return identified
    const { config } = this.#hub
    // Without channels one may still say who one is, by a frame.
    const mayWait = channels.length === 0 && this.#identification.isPossible
    if (!identified.value && !config.anonymous && !mayWait) {
      return refuse('unauthorized', 'send "Authorization: Bearer <token>", or use a ticket')
    }
    const asAnonymous = config.anonymous && !identified.value
    const foreign = asAnonymous ? this.#identification.refuseForeignPage(headers) : undefined
    if (foreign && !mayWait) return foreign
    const transport = new SseTransport(channels, remoteAddress, config.heartbeat)
    const peer = this.#hub.connect(transport, identified.value, foreign?.error)
    if (transport.refusal !== undefined) {
      peer.end()
      return refuse('limit_exceeded', transport.refusal)
    }
    transport.onAlive = () => peer.sawLife()
    const since = lastEventId(headers['last-event-id'], query)
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

function endOf({ peer, release }: Stream): () => void {
  return () => {
    peer.end()
    release()
  }
}

function begin({ transport, peer }: Stream, sink: StreamSink): void {
  transport.begin(sink)
  // What was missed waited for somebody to take it.
  peer.drained()
}
