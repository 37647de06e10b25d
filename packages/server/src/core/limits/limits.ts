import type { Clock } from '../../ports/clock.ts'
import { type AddressBounds, AddressConnections } from './address-connections.ts'
import { FailedAuthentications } from './failed-authentications.ts'
import { GuestPlaces } from './guest-places.ts'
import { NewChannels } from './new-channels.ts'
import { PacedAnswers } from './paced-answers.ts'
import { type Rate, RateLimiter } from './rate-limiter.ts'
import { createRefusalFigures, type RefusalKind } from './refusal-figures.ts'
import { UnreadAnswers } from './unread-answers.ts'

/** How much anybody may ask for; a rate or count of 0 bounds nothing. */
export interface LimitsOptions extends AddressBounds {
  /** New connections of an address. */
  readonly connects: Rate
  /** Tokens, keys, tickets and sessions of an address that are wrong. */
  readonly failedAuths: Rate
  /** REST requests of an address. */
  readonly requests: Rate
  /** REST requests of a user. */
  readonly userRequests: Rate
  /** Frames of a user, of all connections. */
  readonly userFrames: Rate
  /** Bytes of these. */
  readonly userBytes: Rate
  /** Channels that a user names in a frame or request that writes, and nobody has for long. */
  readonly newChannels: Rate
  /** Subscribes of a user. */
  readonly joins: Rate
  /** Bytes that are read for a user and answered: history, state, who is present. */
  readonly answers: Rate
  /** Notifications that a user acknowledges, whether there are such or not. */
  readonly acknowledgements: Rate
  /** Notifications that wait for a user and are planned anew because the user's wishes change. */
  readonly replans: Rate
  /** Notifications that events make for a user who did not ask the application for them. */
  readonly eventNotifications: Rate
  /** Those of them that go by one route beside the inbox, for each user and route. */
  readonly eventRoutes: Rate
  /** Wrong passwords of one room that a user, or an address of anonymous users, may try. */
  readonly roomPasswords: Rate
  /** The same over all rooms. */
  readonly passwords: Rate
  /** Wrong passwords of all rooms that all users of an address may try. */
  readonly addressPasswords: Rate
}

/** What bounds addresses and users, whatever they come by. */
export class Limits {
  readonly figures = createRefusalFigures()
  readonly connections: AddressConnections
  readonly failedAuths: FailedAuthentications
  readonly requests: RateLimiter
  readonly userRequests: RateLimiter
  readonly userFrames: RateLimiter
  readonly userBytes: RateLimiter
  readonly newChannels: NewChannels
  readonly joins: RateLimiter
  readonly answers: RateLimiter
  /** The same bytes, for what waits until there is room for it. */
  readonly pacedAnswers: PacedAnswers
  readonly acknowledgements: RateLimiter
  readonly replans: RateLimiter
  readonly eventNotifications: RateLimiter
  readonly eventRoutes: RateLimiter
  readonly roomPasswords: RateLimiter
  readonly passwords: RateLimiter
  readonly addressPasswords: RateLimiter
  readonly unreadAnswers = new UnreadAnswers()
  /** To what the doings of users are charged. */
  readonly guests = new GuestPlaces()

  constructor(options: LimitsOptions, clock: Clock) {
    const { figures } = this
    const limiter = (rate: Rate, kind: RefusalKind, what: string): RateLimiter =>
      new RateLimiter({ rate, clock, figures, kind, what })
    const connects = limiter(options.connects, 'connects', 'new connections from your address')
    this.connections = new AddressConnections({ bounds: options, connects, figures })
    this.failedAuths = new FailedAuthentications(
      limiter(options.failedAuths, 'failedAuths', 'failed authentications from your address'),
    )
    this.requests = limiter(options.requests, 'requests', 'requests from your address')
    this.userRequests = limiter(options.userRequests, 'userRequests', 'requests')
    this.userFrames = limiter(options.userFrames, 'userFrames', 'frames of all your connections')
    this.userBytes = limiter(options.userBytes, 'userBytes', 'bytes of all your connections')
    this.newChannels = new NewChannels(limiter(options.newChannels, 'newChannels', 'new channels'))
    this.joins = limiter(options.joins, 'joins', 'subscribes')
    this.answers = limiter(options.answers, 'answers', 'bytes of answers')
    this.pacedAnswers = new PacedAnswers(this.answers, clock)
    this.acknowledgements = limiter(
      options.acknowledgements,
      'acknowledgements',
      'acknowledgements',
    )
    this.replans = limiter(
      options.replans,
      'replans',
      'changes of preferences while notifications wait',
    )
    const { eventNotifications, eventRoutes } = options
    this.eventNotifications = limiter(eventNotifications, 'eventNotifications', 'notifications')
    this.eventRoutes = limiter(eventRoutes, 'eventRoutes', 'messages')
    this.roomPasswords = limiter(options.roomPasswords, 'roomPasswords', 'wrong passwords')
    this.passwords = limiter(options.passwords, 'passwords', 'wrong passwords')
    this.addressPasswords = limiter(
      options.addressPasswords,
      'addressPasswords',
      'wrong passwords from your address',
    )
  }
}
