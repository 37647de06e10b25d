import { createInbox, useSharedState, WebSocketClient } from '@coterie/client'
import { client, token } from './reader.ts'

export { createHub } from '@coterie/server'
export { client, fetchToken, token } from './reader.ts'

interface Stroke {
  readonly id: string
  readonly points: readonly number[]
}

/** The shared state of a room, as the block above its use made it. */
export const board = useSharedState({
  client: new WebSocketClient({ url: process.env.COTERIE_URL ?? 'wss://example.com', token }),
  room: 'board-1',
  initialState: { title: '', strokes: [{ id: 'first', points: [] }] as readonly Stroke[] },
})

/** What of it is changed. */
export const id = process.env.COTERIE_NOTIFICATION ?? 'first'

/** Where somebody drew. */
export const points: readonly number[] = [1, 2]

/** The inbox of somebody who is connected. */
export const inbox = createInbox(client)
await new Promise<void>((resolve) => {
  client.status.subscribe((status) => {
    if (status === 'connected') resolve()
  })
})
