import {
  deriveSignal,
  type RoomBroadcast,
  type RoomCursors,
  type RoomMembership,
  type RoomPresence,
  type RoomState,
  type Signal,
  type User,
  useBroadcast,
  useCursors,
  usePresence,
  useRoom,
  useSharedState,
  type WebSocketClient,
} from '@coterie/client'
import type { DrawingMessage } from './drawing-message.ts'
import { isColor, isStroke, type Stroke } from './stroke.ts'

// With the strokes under way it stays below the fifty frames a second that the server takes.
const CURSOR_INTERVAL_MS = 60
const TOOL_INTERVAL_MS = 200
const BACKGROUND = '#ffffff'

/** What one has in the hand. */
export type ToolName = 'pen' | 'eraser'

/** What all at a board share, and what of it is kept. */
export interface BoardState {
  background: string
  strokes: readonly Stroke[]
}

/** A board and all that happens at it. */
export class Board {
  readonly room: RoomMembership
  readonly presence: RoomPresence<{ tool: ToolName }>
  readonly cursors: RoomCursors
  /** Strokes while they are drawn. */
  readonly drawing: RoomBroadcast<DrawingMessage>
  /** The strokes on the board, in the order in which they were drawn. */
  readonly strokes: Signal<readonly Stroke[]>
  readonly background: Signal<string>
  /** Changes of this window that the server has not answered yet. */
  readonly pending: Signal<number>
  readonly #state: RoomState<BoardState>
  readonly #userId: string

  constructor(client: WebSocketClient, name: string, user: User) {
    const room = `board:${name}`
    this.#userId = user.id
    this.room = useRoom({ client, roomId: room, user })
    this.presence = usePresence<{ tool: ToolName }>({
      client,
      room,
      user,
      initialData: { tool: 'pen' },
      syncInterval: TOOL_INTERVAL_MS,
    })
    this.cursors = useCursors({ client, room, user, throttle: CURSOR_INTERVAL_MS })
    this.drawing = useBroadcast<DrawingMessage>({
      client,
      room,
      channel: 'drawing',
      historySize: 1,
    })
    this.#state = useSharedState<BoardState>({
      client,
      room,
      initialState: { background: BACKGROUND, strokes: [] },
    })
    this.pending = this.#state.pending
    this.strokes = deriveSignal([this.#state.state], ({ strokes }) => strokes.filter(isStroke))
    this.background = deriveSignal([this.#state.state], ({ background }) =>
      isColor(background) ? background : BACKGROUND,
    )
    this.room.join()
  }

  /** True where there is something of one's own to take back. */
  get canUndo(): boolean {
    return this.#lastOwn !== undefined
  }

  /** Draws the strokes of one line: all of them, or none. */
  async draw(strokes: readonly Stroke[]): Promise<void> {
    const list = this.#state.list('strokes')
    try {
      await Promise.all(strokes.map((stroke) => list.insert(stroke)))
    } catch (error) {
      for (const { id } of strokes) list.remove(id).catch(() => {})
      throw error
    }
  }

  /** Takes strokes off the board. */
  async remove(strokes: readonly Stroke[]): Promise<void> {
    const list = this.#state.list('strokes')
    await Promise.all(strokes.map(({ id }) => list.remove(id)))
  }

  /** Takes back the last line that this user drew and nobody erased. */
  async undo(): Promise<void> {
    const last = this.#lastOwn
    if (last) await this.remove(this.strokes().filter(({ lineId }) => lineId === last.lineId))
  }

  /** Takes everything off the board, in one change. */
  async clear(): Promise<void> {
    await this.#state.set('strokes', [])
  }

  /** Changes the color of the board for all. */
  async paint(color: string): Promise<void> {
    await this.#state.set('background', color)
  }

  get #lastOwn(): Stroke | undefined {
    return this.strokes().findLast(({ userId }) => userId === this.#userId)
  }
}
