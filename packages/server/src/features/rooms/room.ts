import type { JsonObjectLike, JsonValue } from '@coterie/protocol'

/** What an application says of a room beside its members. */
export type RoomMetadata = Readonly<Record<string, JsonValue>>

/** How a room is made or changed. */
export interface RoomSettings {
  /** The password that users need to enter; null removes it. */
  readonly password?: string | null | undefined
  /** Different users that may be in it at once; null for no bound. */
  readonly maxUsers?: number | null | undefined
  /** True keeps the room and its data while it is empty. @default false */
  readonly persist?: boolean | undefined
  readonly metadata?: JsonObjectLike | null | undefined
}

/** A room that was made, by the configuration or since. */
export interface Room {
  readonly id: string
  readonly hasPassword: boolean
  readonly maxUsers: number | null
  readonly persist: boolean
  readonly metadata: RoomMetadata | null
  /** Wall time in ms since 1970; null for a room of the configuration. */
  readonly createdAtMs: number | null
}

/** A ban of a user from a room. */
export interface RoomBan {
  readonly userId: string
  readonly reason: string
  /** Wall time in ms since 1970; null for good. */
  readonly untilMs: number | null
}
