import { refuse } from '@coterie/protocol'
import { ChannelMap } from '../../core/channel-map.ts'
import { TOKEN_REVOKED } from '../../core/limits/failed-authentications.ts'
import type { Engine, JsonText, KeyChange, MapChange } from '../../ports/engine.ts'
import type { Principal } from '../../ports/principal.ts'
import { describeRevoked } from './describe-revoked.ts'
import type { Revocation, RevocationTarget } from './revocation.ts'

/** The map of the engine that holds what is revoked. */
export const REVOCATIONS_MAP = 'revocations'
/** Where that map stands; no channel can have this name. */
const REVOCATIONS_PLACE = '$revocations'
/** One that ended is kept for so long, in case the clock was wrong, in ms. */
const KEEP_ENDED_MS = 172_800_000

interface StoredRevocation {
  readonly reason: string | null
  readonly revoked_at_ms: number
  readonly until_ms: number
}

/** Knows what is revoked in the whole cluster. */
export class RevocationRegistry {
  readonly #engine: Engine
  readonly #nowMs: () => number
  readonly #stored = new Map<string, Revocation>()
  readonly #map: ChannelMap
  #onRevoked: ((revocation: Revocation) => void) | undefined

  constructor(engine: Engine, nowMs: () => number) {
    this.#engine = engine
    this.#map = new ChannelMap(engine, REVOCATIONS_PLACE, REVOCATIONS_MAP, {
      keys: () => this.#stored.keys(),
      take: ({ changes }) => {
        for (const change of changes) this.#take(change)
      },
    })
    this.#nowMs = nowMs
  }

  /**
   * Reads what the engine holds.
   *
   * @param onRevoked called for each revocation that this node hears of
   * @throws {RealtimeError} `unavailable` when the engine cannot be read
   */
  async start(onRevoked: (revocation: Revocation) => void): Promise<void> {
    this.#onRevoked = onRevoked
    await this.#engine.join(REVOCATIONS_PLACE)
    await this.#map.load()
  }

  /** Takes a change that the engine told of. */
  apply(change: MapChange): void {
    this.#map.apply(change)
  }

  /** Refuses a principal whose token is revoked; undefined for any other. */
  refusalOf(principal: Principal): ReturnType<typeof refuse> | undefined {
    const revocation = this.revocationOf(principal)
    if (!revocation) return undefined
    return refuse('unauthorized', describeRevoked(revocation), {
      details: { reason: TOKEN_REVOKED },
    })
  }

  /** Returns what revokes the token that a principal was established by. */
  revocationOf({ userId, sessionId, tokenId, issuedAtMs }: Principal): Revocation | undefined {
    if (this.#stored.size === 0) return undefined
    const ofUser = this.find({ userId })
    if (ofUser && (issuedAtMs === undefined || issuedAtMs <= ofUser.revokedAtMs)) return ofUser
    const ofSession = sessionId === undefined ? undefined : this.find({ sessionId })
    return ofSession ?? (tokenId === undefined ? undefined : this.find({ tokenId }))
  }

  /** Returns the revocation of a target that is in force. */
  find(target: RevocationTarget): Revocation | undefined {
    const revocation = this.#stored.get(keyOf(target))
    return revocation && revocation.untilMs > this.#nowMs() ? revocation : undefined
  }

  /** Lists those in force in the order of their keys. */
  list(limit: number, after: string | undefined): (readonly [key: string, Revocation])[] {
    const nowMs = this.#nowMs()
    return [...this.#stored]
      .filter(([key, { untilMs }]) => untilMs > nowMs && (after === undefined || key > after))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .slice(0, limit)
  }

  /** Stores a revocation, and forgets those that ended long ago. */
  async add({ target, reason, revokedAtMs, untilMs }: Revocation): Promise<void> {
    const stored: StoredRevocation = { reason, revoked_at_ms: revokedAtMs, until_ms: untilMs }
    const key = keyOf(target)
    const longAgoMs = this.#nowMs() - KEEP_ENDED_MS
    const ended = [...this.#stored].flatMap(([each, revocation]) =>
      each !== key && revocation.untilMs <= longAgoMs ? [{ key: each, value: null }] : [],
    )
    await this.#write([{ key, value: JSON.stringify(stored) as JsonText }, ...ended])
  }

  /** Takes a revocation back. */
  async remove(target: RevocationTarget): Promise<void> {
    await this.#write([{ key: keyOf(target), value: null }])
  }

  // Not by the engine's own time to live, which a restart of the embedded engine ends.
  async #write(changes: readonly KeyChange[]): Promise<void> {
    await this.#engine.change(REVOCATIONS_PLACE, REVOCATIONS_MAP, changes, {})
  }

  #take({ key, value }: KeyChange): void {
    if (value === null) {
      this.#stored.delete(key)
      return
    }
    const stored = JSON.parse(value) as StoredRevocation
    const revocation = {
      target: targetOf(key),
      reason: stored.reason,
      revokedAtMs: stored.revoked_at_ms,
      untilMs: stored.until_ms,
    }
    this.#stored.set(key, revocation)
    this.#onRevoked?.(revocation)
  }
}

// The kind ends at the first slash, so ids may hold more of them.
function keyOf({ userId, sessionId, tokenId }: RevocationTarget): string {
  if (userId !== undefined) return `user/${userId}`
  return sessionId === undefined ? `token/${tokenId}` : `session/${sessionId}`
}

function targetOf(key: string): RevocationTarget {
  const end = key.indexOf('/')
  const id = key.slice(end + 1)
  const kind = key.slice(0, end)
  if (kind === 'user') return { userId: id }
  return kind === 'session' ? { sessionId: id } : { tokenId: id }
}
