import { toRoomName } from '../../chat/page/room-name.ts'

/** Returns the name of the board in an address such as `/whiteboard/?room=plans`. */
export function boardName({ search }: { readonly search: string }): string {
  return toRoomName(new URLSearchParams(search).get('room') ?? '')
}

/** Returns the query that names a board. */
export function boardQuery(name: string): string {
  return `?${new URLSearchParams({ room: name })}`
}
