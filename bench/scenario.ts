import type { AttackCommands } from './attack/main.ts'
import type { LoadCommands } from './load/main.ts'
import type { PeerCommands } from './peers/main.ts'
import type { RemoteProcess } from './process/remote-process.ts'

/** What one peer came to in one run, by the key of the figure. */
export type Figures = Readonly<Record<string, number>>

/** A figure as a column of the table. */
export interface FigureColumn {
  readonly key: string
  readonly title: string
  readonly unit: string
  /** Digits after the point. */
  readonly digits: number
}

/** What a figure of ours should come to. */
export interface Target {
  readonly about: string
  readonly figure: string
  readonly peer: string
  /** Divides by, or takes away, the same figure of another peer in the same run. */
  readonly comparedWith?: { readonly peer: string; readonly as: 'ratio' | 'difference' }
  readonly atMost?: number
  readonly atLeast?: number
}

/** The processes of one run of one peer; they are ended after it. */
export interface Processes {
  readonly server: RemoteProcess<PeerCommands>
  readonly load: RemoteProcess<LoadCommands>
  /** Another one, for whom the load must not keep waiting; started at the first use. */
  readonly otherLoad: RemoteProcess<LoadCommands>
}

/** What a measurement may use. */
export interface RunContext {
  /** True for smaller sizes, whose figures are rough. */
  readonly quick: boolean
  /** Starts what the scenario needs, at the first call. */
  processes(): Processes
  /** Starts a process that attacks the server, at the first call. */
  attacker(): RemoteProcess<AttackCommands>
}

/** One question about speed, asked of several peers. */
export interface Scenario {
  readonly name: string
  /** One sentence that says what happens. */
  readonly about: string
  readonly columns: readonly FigureColumn[]
  readonly peers: readonly string[]
  readonly targets: readonly Target[]
  /**
   * Runs once.
   *
   * @throws {NotServedError} where the peer cannot do it
   * @throws {Error} when an event was lost, so that there is no figure
   */
  measure(peer: string, context: RunContext): Promise<Figures>
}
