import type { Clock } from '../../ports/clock.ts'
import { type AddressBounds, AddressConnections } from './address-connections.ts'
import { FailedAuthentications } from './failed-authentications.ts'
import { GuestPlaces } from './guest-places.ts'
import { NewChannels } from './new-channels.ts'
import { PacedAnswers } from './paced-answers.ts'
import { type Rate, RateLimiter } from './rate-limiter.ts'
import { createRefusalFigures, type RefusalKind } from './refusal-figures.ts'
import { UnreadAnswers } from './unread-answers.ts'

/** The limits of users and addresses; a rate or count of 0 means no limit. */
export interface LimitsOptions extends AddressBounds {
  /** New connections per address. */
  readonly connects: Rate
  /** Wrong tokens, keys, tickets and sessions per address. */
  readonly failedAuths: Rate
  /** REST requests per address. */
  readonly requests: Rate
  /** REST requests per user. */
  readonly userRequests: Rate
  /** Frames per user, over all connections. */
  readonly userFrames: Rate
  /** Bytes of these frames. */
  readonly userBytes: Rate
  /** New channels that a user writes to, by frame or request; unused names become new again. */
  readonly newChannels: Rate
  /** Subscribes per user. */
  readonly joins: Rate
  /** Bytes of answers per user: history, state and presence. */
  readonly answers: Rate
  /** Notifications that a user acknowledges, whether they exist or not. */
  readonly acknowledgements: Rate
  /** Waiting notifications that are planned again after a user changes preferences. */
  readonly replans: Rate
  /** Notifications by events per user, unless the application stored and published. */
  readonly eventNotifications: Rate
  /** The same on one route other than the inbox, per user and route. */
  readonly eventRoutes: Rate
  /** Wrong passwords for one room, per user or per address of anonymous users. */
  readonly roomPasswords: Rate
  /** Wrong passwords for all rooms, per user or per address of anonymous users. */
  readonly passwords: Rate
  /** Wrong passwords for all rooms, per address with all its users. */
  readonly addressPasswords: Rate
}

/** Limits addresses and users over all transports. */
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
  /** The same budget, for reads that wait until it allows them. */
  readonly pacedAnswers: PacedAnswers
  readonly acknowledgements: RateLimiter
  readonly replans: RateLimiter
  readonly eventNotifications: RateLimiter
  readonly eventRoutes: RateLimiter
  readonly roomPasswords: RateLimiter
  readonly passwords: RateLimiter
  readonly addressPasswords: RateLimiter
  readonly unreadAnswers = new UnreadAnswers()
  /** Chooses the accounts that users' actions are charged to. */
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
