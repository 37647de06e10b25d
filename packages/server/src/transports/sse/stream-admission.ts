import { canonicalChannel, ok, type RealtimeError, type Result, refuse } from '@coterie/protocol'
import { addressGroup } from '../../core/limits/address-group.ts'
import type { HandshakeHeaders, Identification } from '../../http/handshake.ts'
import type { RealtimeHub } from '../../hub.ts'
import type { Principal } from '../../ports/principal.ts'
import { checkStreamParameters } from './stream-parameters.ts'

/** What a request for an event stream says, whatever kind of request it is. */
export interface Opening {
  readonly headers: HandshakeHeaders & { readonly 'last-event-id'?: string | undefined }
  readonly query: URLSearchParams
  readonly remoteAddress: string
}

/** Who asks for a stream, and for what. */
export interface Admitted {
  readonly channels: readonly string[]
  /** Undefined for an anonymous user, or one who still has to say who they are. */
  readonly principal: Principal | undefined
  /** Why nobody may come as an anonymous user, where that is so. */
  readonly notAnonymous: RealtimeError | undefined
}

/** What deciding needs of the hub. */
type AdmittingHub = Pick<RealtimeHub, 'config' | 'isClosing' | 'limits' | 'maySubscribe'>

/** Decides who may open event streams. */
export class StreamAdmission {
  readonly #hub: AdmittingHub
  readonly #identification: Identification

  constructor(hub: AdmittingHub, identification: Identification) {
    this.#hub = hub
    this.#identification = identification
  }

  /** Finds out who asks for which channels, and refuses what can never be a stream. */
  async check(opening: Opening): Promise<Result<Admitted>> {
    const channels = this.#channels(opening)
    if (!channels.ok) return channels
    const { headers, query, remoteAddress } = opening
    const identified = await this.#identification.identify(headers, query, remoteAddress)
    return identified.ok ? this.#admit(opening, channels.value, identified.value) : identified
  }

  /**
   * Refuses what a stream would be refused for, and opens none: nothing is
   * joined, and a ticket can still be used.
   */
  async preview(opening: Opening): Promise<Result<undefined>> {
    const { headers, query, remoteAddress } = opening
    const isKnown = remoteAddress !== ''
    const limited = isKnown && this.#hub.limits.requests.take(addressGroup(remoteAddress))
    if (limited) return limited
    const channels = this.#channels(opening)
    if (!channels.ok) return channels
    // Who the ticket is for is known once it is used.
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
    // Reading a query replaces invalid UTF-8 by this character.
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
    // Without channels one may still say who one is, by a frame.
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
