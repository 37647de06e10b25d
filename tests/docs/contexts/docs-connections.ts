export { hub } from './hub.ts'

/** The id of a connection, the last one of a page, and two of streams. */
export const id = 'connection-1'
export const lastId = 'connection-0'
export const a = 'connection-2'
export const b = 'connection-3'

/** Takes an order. */
export async function place(userId: string, order: unknown): Promise<string> {
  return `${userId} ordered ${JSON.stringify(order)}`
}
