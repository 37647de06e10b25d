import type { PresenceEntry } from '@coterie/protocol'
import { copyJson } from '@coterie/protocol'
import { isRecord } from '../connection/frame-reader.ts'
import { readRecord } from './read-record.ts'
import type { AnyPayload } from './realtime-message.ts'

/** A user as other users see them. */
export interface User {
  /** The user's id, verified by the server: a client cannot choose it. */
  readonly id: string
  readonly name?: string
  /** Address of a picture. */
  readonly avatar?: string
  /** A CSS color. */
  readonly color?: string
  readonly [property: string]: AnyPayload
}

/** What users say about themselves. */
export type Profile = Omit<User, 'id'>

const TEXTS = ['name', 'avatar', 'color']

/**
 * Makes the profile that others see. It has no id, because the server adds that.
 *
 * @throws {RealtimeError} `invalid_payload` when JSON cannot carry it
 */
export function createProfile({ id: _, ...profile }: User): Profile {
  const copy = copyJson(profile, 'user')
  if (!copy.ok) throw copy.error
  return copy.value as Profile
}

const known = new WeakMap<PresenceEntry, User>()

/** Reads a present user; returns the same object for the same entry. */
export function readUser(entry: PresenceEntry): User {
  const user = known.get(entry) ?? createUser(entry)
  known.set(entry, user)
  return user
}

function createUser({ user_id: id, data }: PresenceEntry): User {
  const told = isRecord(data) ? readRecord(data.user) : {}
  const fit = Object.entries(told).filter(
    ([name, value]) => !TEXTS.includes(name) || typeof value === 'string',
  )
  return { ...Object.fromEntries(fit), id }
}
