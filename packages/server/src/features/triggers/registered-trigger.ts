import type { TriggerHandler, TriggerParams } from './trigger.ts'
import type { CountedTrigger, TriggerFigures } from './trigger-figures.ts'

/** A trigger, as it was registered. */
export interface RegisteredTrigger {
  readonly name: string
  /** Null where it belongs to no channel. */
  readonly channels: ChannelSelector | null
  readonly handler: TriggerHandler<never>
  readonly timeoutMs: number
  readonly figures: CountedTrigger
  /** Larger is later. */
  readonly order: number
}

/** Which channels a trigger is for. */
export interface ChannelSelector {
  readonly pattern: string
  /** Reads the placeholders' values out of a channel's name. */
  params(channel: string): TriggerParams
}

/** Figures by the names of the triggers. */
export type FiguresByTrigger = Readonly<Record<string, TriggerFigures>>
