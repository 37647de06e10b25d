import { toRoomName } from '../../chat/page/room-name.ts'

const DEFAULT_NAME = 'welcome'

/** Returns the document that the address names. */
export function currentDocumentName(): string {
  return toRoomName(new URLSearchParams(location.search).get('doc') || DEFAULT_NAME)
}

/** Returns the address that brings somebody to a document. */
export function documentLink(name: string): string {
  return `${location.origin}${location.pathname}?doc=${name}`
}

/** Makes a name that no other document has. */
export function newDocumentName(): string {
  return crypto
    .getRandomValues(new Uint32Array(2))
    .reduce((name, part) => name + part.toString(36), '')
}
