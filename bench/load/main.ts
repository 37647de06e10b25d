import { answerCommands } from '../process/answer-commands.ts'
import type { Latency } from './latency.ts'
import { type Ingested, Publishers, type PublishersPlan } from './publishers.ts'
import { type Expectation, Receivers, type ReceiversPlan } from './receivers.ts'

/** What a load process can be asked. */
export interface LoadCommands {
  openReceivers(plan: ReceiversPlan): Promise<void>
  /** Resolves when what is published from now on has arrived, or fails. */
  expect(expectation: Expectation): Promise<Latency>
  dropReceivers(nothing: null): void
  openPublishers(plan: PublishersPlan): Promise<void>
  /** Publishes so many events and resolves when all are acknowledged. */
  publish(events: number): Promise<Ingested>
}

let receivers: Receivers | undefined
let publishers: Publishers | undefined

answerCommands<LoadCommands>({
  async openReceivers(plan) {
    receivers = await Receivers.open(plan)
  },
  expect: (expectation) => opened(receivers).expect(expectation),
  dropReceivers: () => opened(receivers).drop(),
  async openPublishers(plan) {
    publishers = await Publishers.open(plan)
  },
  publish: (events) => opened(publishers).publish(events),
})

function opened<T>(connections: T | undefined): T {
  if (!connections) throw new Error('nothing was opened')
  return connections
}
