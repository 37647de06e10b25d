import { canonicalChannel, ok, type RealtimeError, type Result, refuse } from '@coterie/protocol'
import { addressGroup } from '../../core/limits/address-group.ts'
import type { HandshakeHeaders, Identification } from '../../http/handshake.ts'
import type { RealtimeHub } from '../../hub.ts'
import type { Principal } from '../../ports/principal.ts'
import { checkStreamParameters } from './stream-parameters.ts'

/** The parts of a request that opens an event stream, from either kind of server. */
export interface Opening {
  readonly headers: HandshakeHeaders & { readonly 'last-event-id'?: string | undefined }
  readonly query: URLSearchParams
  readonly remoteAddress: string
}

/** The user and the channels of an admitted stream. */
export interface Admitted {
  readonly channels: readonly string[]
  /** Undefined for an anonymous user, or one who has yet to authenticate. */
  readonly principal: Principal | undefined
  /** Why the stream may not be used anonymously; undefined where it may. */
  readonly notAnonymous: RealtimeError | undefined
}

/** The parts of the hub that admission needs. */
type AdmittingHub = Pick<RealtimeHub, 'config' | 'isClosing' | 'limits' | 'maySubscribe'>

/** Decides who may open event streams. */
export class StreamAdmission {
  readonly #hub: AdmittingHub
  readonly #identification: Identification

  constructor(hub: AdmittingHub, identification: Identification) {
    this.#hub = hub
    this.#identification = identification
  }

  /** Identifies the user and the channels, and refuses impossible streams. */
  async check(opening: Opening): Promise<Result<Admitted>> {
    const channels = this.#channels(opening)
    if (!channels.ok) return channels
    const { headers, query, remoteAddress } = opening
    const identified = await this.#identification.identify(headers, query, remoteAddress)
    return identified.ok ? this.#admit(opening, channels.value, identified.value) : identified
  }

  /**
   * Returns the refusal that a stream would get, without opening one: it joins
   * nothing, and a ticket stays usable.
   */
  async preview(opening: Opening): Promise<Result<undefined>> {
    const { headers, query, remoteAddress } = opening
    const isKnown = remoteAddress !== ''
    const limited = isKnown && this.#hub.limits.requests.take(addressGroup(remoteAddress))
    if (limited) return limited
    const channels = this.#channels(opening)
    if (!channels.ok) return channels
    // The user of a ticket is known only once the ticket is used.
    if (query.has('ticket')) return ok(undefined)
    const identified = await this.#identification.identify(headers, query, remoteAddress)
    if (!identified.ok) return identified
    const admitted = this.#admit(opening, channels.value, identified.value)
    if (!admitted.ok) return admitted
    const { principal } = admitted.value
    const refused = channels.value
      .map((channel) => principal && this.#hub.maySubscribe(principal, channel))
      .find((allowed) => allowed && !allowed.ok)
    return refused && !refused.ok ? refused : ok(undefined)
  }

  #channels({ query }: Opening): Result<readonly string[]> {
    if (this.#hub.isClosing) return refuse('unavailable', 'the server is leaving')
    const checked = checkStreamParameters(query)
    if (!checked.ok) return checked
    const lists = query.getAll('channels')
    const named = lists.flatMap((list) => list.split(',')).filter((name) => name !== '')
    // Parsing a query replaces invalid UTF-8 by this character.
    if (named.some((name) => name.includes('\ufffd'))) {
      return refuse('invalid_channel', 'channels: expected UTF-8, percent-encoded')
    }
    const channels = named.map(canonicalChannel)
    return new Set(channels).size < channels.length
      ? refuse('invalid_channel', 'channels: a channel is listed twice')
      : ok(channels)
  }

  #admit(
    { headers }: Opening,
    channels: readonly string[],
    principal: Principal | undefined,
  ): Result<Admitted> {
    const { anonymous } = this.#hub.config
    // Without channels, a client may still authenticate by a frame.
    const mayWait = channels.length === 0 && this.#identification.isPossible
    if (!principal && !anonymous && !mayWait) {
      this.#identification.noteRefused()
      return refuse('unauthorized', 'send "Authorization: Bearer <token>", or use a ticket')
    }
    const isForeign = anonymous && !principal
    const foreign = isForeign ? this.#identification.refuseForeignPage(headers) : undefined
    if (foreign && !mayWait) return foreign
    return ok({ channels, principal, notAnonymous: foreign?.error })
  }
}
