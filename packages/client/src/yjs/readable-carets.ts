import { checkFunctions } from '@coterie/protocol'
import type { Doc } from 'yjs'
import { isRecord } from '../connection/frame-reader.ts'

/** An awareness state as another client sent it, in any shape. */
export type AwarenessState = { readonly [key: string]: unknown }

/**
 * Makes a check that accepts the awareness states that editors can read.
 *
 * Editors rely on `user` and `cursor` of other clients; some stop working when
 * these are malformed.
 *
 * @param doc the document that the carets belong to
 */
export function readableCarets(doc: Doc): (state: AwarenessState) => boolean {
  checkFunctions('doc', doc, ['transact', 'on', 'off'])
  const isPlace = (value: unknown): boolean => value == null || isPosition(doc, value)
  return ({ user, cursor }) => {
    if (user != null && !(isRecord(user) && isTextOrAbsent(user.name) && isColor(user.color))) {
      return false
    }
    if (cursor == null) return true
    if (!isRecord(cursor) || cursor.anchor == null || cursor.head == null) return false
    return isPlace(cursor.anchor) && isPlace(cursor.head)
  }
}

// A relative position of Yjs: after an item, or at the end of a type.
function isPosition(doc: Doc, value: unknown): boolean {
  if (!isRecord(value)) return false
  const { type, item, tname, assoc } = value
  const isNamed = typeof tname === 'string' && doc.share.has(tname)
  if (tname != null && !isNamed) return false
  if (![type, item].every((id) => id == null || isItemId(id))) return false
  if (assoc != null && typeof assoc !== 'number') return false
  return isNamed || type != null || item != null
}

function isItemId(value: unknown): boolean {
  return isRecord(value) && [value.client, value.clock].every(isCount)
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isTextOrAbsent(value: unknown): boolean {
  return value == null || typeof value === 'string'
}

// Editors insert colours into styles.
function isColor(value: unknown): boolean {
  return value == null || (typeof value === 'string' && /^[#\w(),.%/ -]{1,64}$/.test(value))
}
