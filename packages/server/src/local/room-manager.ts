/** Knows which users are in which rooms of this process. */
export class RoomManager {
  readonly #users = new Map<string, Set<string>>()
  readonly #rooms = new Map<string, Set<string>>()

  /** Puts a user into a room, which is there from then on; false where the user is in it already. */
  join(roomId: string, userId: string): boolean {
    if (this.isInRoom(roomId, userId)) return false
    add(this.#users, roomId, userId)
    add(this.#rooms, userId, roomId)
    return true
  }

  /** Takes a user out of a room, which is gone with the last; false where the user is not in it. */
  leave(roomId: string, userId: string): boolean {
    if (!this.isInRoom(roomId, userId)) return false
    remove(this.#users, roomId, userId)
    remove(this.#rooms, userId, roomId)
    return true
  }

  /** Takes a user out of all rooms and returns which they were. */
  leaveAll(userId: string): string[] {
    const rooms = this.getRooms(userId)
    for (const roomId of rooms) this.leave(roomId, userId)
    return rooms
  }

  /** Lists the users of a room in the order in which they came. */
  getUsers(roomId: string): string[] {
    return [...(this.#users.get(roomId) ?? [])]
  }

  /** Lists the rooms of a user in the order in which they were entered. */
  getRooms(userId: string): string[] {
    return [...(this.#rooms.get(userId) ?? [])]
  }

  isInRoom(roomId: string, userId: string): boolean {
    return this.#users.get(roomId)?.has(userId) ?? false
  }

  /** Counts the rooms that somebody is in. */
  getRoomCount(): number {
    return this.#users.size
  }

  getUserCount(roomId: string): number {
    return this.#users.get(roomId)?.size ?? 0
  }
}

function add(table: Map<string, Set<string>>, key: string, value: string): void {
  const row = table.get(key)
  if (row) row.add(value)
  else table.set(key, new Set([value]))
}

function remove(table: Map<string, Set<string>>, key: string, value: string): void {
  const row = table.get(key)
  row?.delete(value)
  if (row?.size === 0) table.delete(key)
}
