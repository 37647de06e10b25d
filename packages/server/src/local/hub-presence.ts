import { canonicalChannel } from '@coterie/protocol'
import type { Clock } from '../ports/clock.ts'
import { type PresenceInfo, type PresenceMetadata, PresenceTracker } from './presence-tracker.ts'

/** Where else those who are present are shown, and who is there by other means. */
export interface PresenceLink {
  /** @throws {RealtimeError} `invalid_payload` for what nobody else could see as it is */
  check(clientId: string, metadata: PresenceMetadata): void
  /** Tells whether a client of this process is in a channel. */
  isOwn(channel: string, clientId: string): boolean
  /** Tells whether a user is in a channel by a connection. */
  isConnected(channel: string, userId: string): boolean
  /** Shows a client of this process to everybody. */
  show(channel: string, clientId: string, metadata: PresenceMetadata): void
  /** Shows that a client of this process has gone; who is there by a connection too stays. */
  hide(channel: string, clientId: string): void
  /** Changes how a user with connections of this node appears; false where there are none. */
  appear(channel: string, userId: string, metadata: PresenceMetadata): boolean
  /** Takes a client of this process out of a channel, with its subscription. */
  evict(channel: string, clientId: string): void
}

/** Who is present in the channels of a hub: whatever is changed here, connections see too. */
export class HubPresence extends PresenceTracker {
  readonly #link: PresenceLink

  constructor(clock: Clock, link: PresenceLink) {
    super(clock)
    this.#link = link
  }

  /** Adds a client of this process, or replaces what it shows, for everybody to see. */
  override track(name: string, clientId: string, metadata: PresenceMetadata = {}): PresenceInfo {
    this.#link.check(clientId, metadata)
    const info = super.track(name, clientId, metadata)
    this.#link.show(canonicalChannel(name), clientId, info.metadata)
    return info
  }

  /** Removes a client of this process; who is there by a connection leaves with that. */
  override untrack(name: string, clientId: string): boolean {
    const channel = canonicalChannel(name)
    if (!this.#link.isOwn(channel, clientId)) return false
    this.#link.hide(channel, clientId)
    return true
  }

  /**
   * Replaces what a client of this process shows, or a user by connections of
   * this node; false when there is no such client.
   */
  override update(name: string, clientId: string, metadata: PresenceMetadata): boolean {
    const channel = canonicalChannel(name)
    if (this.#link.isOwn(channel, clientId)) return super.update(channel, clientId, metadata)
    this.#link.check(clientId, metadata)
    return this.#link.appear(channel, clientId, metadata)
  }

  /**
   * Takes clients of this process that were not seen for so many seconds out of
   * their channels, and ends their subscriptions. Connections have a heartbeat
   * of their own: whoever is there by one is not stale.
   */
  override evictStale(timeoutSecs: number): [channel: string, clientId: string][] {
    const link = this.#link
    const stale = this.stale(timeoutSecs).filter(
      (each) => link.isOwn(...each) && !link.isConnected(...each),
    )
    for (const each of stale) link.evict(...each)
    return stale
  }

  /** Notes what is shown to code of this process, and to nobody else. */
  trackHere(channel: string, clientId: string, metadata: PresenceMetadata): void {
    super.track(channel, clientId, metadata)
  }

  /** Takes back what `trackHere` noted. */
  untrackHere(channel: string, clientId: string): void {
    super.untrack(channel, clientId)
  }
}
