import { answerCommands } from '../process/answer-commands.ts'
import { Bystander, type BystanderPlan } from './bystander.ts'
import { EventStreams, type EventStreamsPlan } from './event-streams.ts'
import type { Latency } from './latency.ts'
import { type Joined, joinMembers, type MembersPlan } from './members.ts'
import { Newcomer, type NewcomerPlan } from './newcomer.ts'
import { NonReaders, type NonReadersPlan } from './non-readers.ts'
import { type Ingested, Publishers, type PublishersPlan } from './publishers.ts'
import { type Expectation, Receivers, type ReceiversPlan } from './receivers.ts'
import { type Resumed, Resumers, type ResumersPlan } from './resumers.ts'
import { TokenHolders, type TokenHoldersPlan } from './token-holders.ts'
import type { Waits } from './waits.ts'

/** What a load process can be asked. */
export interface LoadCommands {
  openReceivers(plan: ReceiversPlan): Promise<void>
  /** Resolves when events published from now on have arrived, or rejects. */
  expect(expectation: Expectation): Promise<Latency>
  dropReceivers(nothing: null): void
  /** Lets so many receivers read nothing until `resumeReceivers`. */
  pauseReceivers(count: number): void
  resumeReceivers(nothing: null): void
  openBystander(plan: BystanderPlan): Promise<void>
  startBystander(nothing: null): void
  /** Returns how long the bystander had to wait since it was started. */
  stopBystander(nothing: null): Promise<Waits>
  openNonReaders(plan: NonReadersPlan): void
  dropNonReaders(nothing: null): void
  startNewcomer(plan: NewcomerPlan): void
  /** Returns how long signing in took since the newcomer was started. */
  stopNewcomer(nothing: null): Promise<Waits>
  openTokenHolders(plan: TokenHoldersPlan): Promise<void>
  /** Resolves when all connections of the one user have ended, to the time of the last in µs. */
  tokenHoldersEnded(nothing: null): Promise<number>
  openStreams(plan: EventStreamsPlan): Promise<void>
  areStreamsLive(nothing: null): boolean
  expectStreams(expectation: Expectation): Promise<Latency>
  /** Brings members into a channel and returns what they were sent. */
  joinMembers(plan: MembersPlan): Promise<Joined>
  openPublishers(plan: PublishersPlan): Promise<void>
  /** Publishes so many events and resolves when all are acknowledged. */
  publish(events: number): Promise<Ingested>
  openResumers(plan: ResumersPlan): Promise<void>
  expectResumers(expectation: Expectation): Promise<void>
  dropResumers(nothing: null): void
  resume(expectation: Expectation): Promise<Resumed>
}

let receivers: Receivers | undefined
let streams: EventStreams | undefined
let bystander: Bystander | undefined
let nonReaders: NonReaders | undefined
let newcomer: Newcomer | undefined
let tokenHolders: TokenHolders | undefined
let publishers: Publishers | undefined
let resumers: Resumers | undefined

answerCommands<LoadCommands>({
  async openReceivers(plan) {
    receivers = await Receivers.open(plan)
  },
  expect: (expectation) => opened(receivers).expect(expectation),
  dropReceivers: () => opened(receivers).drop(),
  pauseReceivers: (count) => opened(receivers).pause(count),
  resumeReceivers: () => opened(receivers).resume(),
  async openBystander(plan) {
    bystander = await Bystander.open(plan)
  },
  startBystander: () => opened(bystander).start(),
  stopBystander: () => opened(bystander).stop(),
  openNonReaders(plan) {
    nonReaders = new NonReaders(plan)
  },
  dropNonReaders: () => opened(nonReaders).drop(),
  startNewcomer(plan) {
    newcomer = new Newcomer(plan)
    newcomer.start()
  },
  stopNewcomer: () => opened(newcomer).stop(),
  async openTokenHolders(plan) {
    tokenHolders = await TokenHolders.open(plan)
  },
  tokenHoldersEnded: () => opened(tokenHolders).ended(),
  async openStreams(plan) {
    streams = await EventStreams.open(plan)
  },
  areStreamsLive: () => opened(streams).areLive,
  expectStreams: (expectation) => opened(streams).expect(expectation),
  joinMembers,
  async openPublishers(plan) {
    publishers = await Publishers.open(plan)
  },
  publish: (events) => opened(publishers).publish(events),
  async openResumers(plan) {
    resumers = await Resumers.open(plan)
  },
  expectResumers: (expectation) => opened(resumers).expect(expectation),
  dropResumers: () => opened(resumers).drop(),
  resume: (expectation) => opened(resumers).resume(expectation),
})

function opened<T>(connections: T | undefined): T {
  if (!connections) throw new Error('nothing was opened')
  return connections
}
