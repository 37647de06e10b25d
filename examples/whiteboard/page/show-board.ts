import type { RealtimeError, User, WebSocketClient } from '@coterie/client'
import { Announcer } from '../../chat/page/announcer.ts'
import { find, setText } from '../../chat/page/element.ts'
import type { Board } from './board.ts'
import { ConnectionLine } from './connection-line.ts'
import { AWAY, CursorLayer } from './cursor-layer.ts'
import { Eraser } from './eraser.ts'
import { Layer } from './layer.ts'
import { Pen } from './pen.ts'
import { readPointer } from './pointer-input.ts'
import { problemWords } from './problem-words.ts'
import { watchShareButton } from './share-button.ts'
import { readStanding } from './standing.ts'
import { Toast } from './toast.ts'
import { Toolbar } from './toolbar.ts'
import { UsersPanel } from './users-panel.ts'
import { watchLines } from './watch-lines.ts'

/** Shows a board, and takes what is done at it, for as long as the page is open. */
export function showBoard(board: Board, client: WebSocketClient, user: User): void {
  const announcer = new Announcer()
  const toast = new Toast(announcer)
  const tellProblem = (error: RealtimeError): void =>
    toast.say(problemWords(error, client.status() === 'connected'))
  const ask = (change: Promise<void>): void => void change.catch(tellProblem)

  const toolbar = new Toolbar({
    onTool: (tool) => board.presence.updatePresence({ tool }),
    onUndo: () => ask(board.undo()),
    onClear: () => ask(board.clear()),
    onBackground: (color) => ask(board.paint(color)),
  })
  const pen = new Pen({
    userId: user.id,
    ink: () => toolbar.ink,
    onDrawing: (message) => {
      // What waited for a connection would come when the line is long done.
      if (!board.room.isJoined()) return
      // The finished line follows anyway.
      board.drawing.broadcast(message).catch(() => {})
    },
    onDone: (strokes) => ask(board.draw(strokes)),
  })
  const eraser = new Eraser({
    strokes: board.strokes,
    onErase: (strokes) => ask(board.remove(strokes)),
  })

  const surface = find(document, '#board', HTMLElement)
  readPointer(surface, {
    tool: () => (toolbar.tool === 'eraser' ? eraser : pen),
    onPlace: ({ x, y }) => board.cursors.broadcast(x, y),
    onLeave: () => board.cursors.broadcast(AWAY.x, AWAY.y),
  })
  watchShareButton(location.href, toast)
  watchPicture(board, surface, toolbar)
  watchLines(board, pen, user.id)
  watchUsers(board, user)
  watchConnection(board, client, announcer)
}

function watchPicture(board: Board, surface: HTMLElement, toolbar: Toolbar): void {
  const layer = new Layer('#strokes')
  const label = find(document, '#board-label', HTMLElement)
  const show = (): void => {
    const strokes = board.strokes()
    const background = board.background()
    const lines = new Set(strokes.map(({ lineId }) => lineId)).size
    layer.show(strokes)
    surface.style.backgroundColor = background
    setText(label, lines === 1 ? '1 line' : `${lines} lines`)
    toolbar.show({ canUndo: board.canUndo, canClear: lines > 0, background })
  }
  board.strokes.subscribe(show)
  board.background.subscribe(show)
  show()
}

function watchUsers(board: Board, user: User): void {
  const { others, myPresence, count, isConnected } = board.presence
  const panel = new UsersPanel()
  const cursors = new CursorLayer()
  const show = (): void => {
    const own = { user, tool: myPresence().tool, isSelf: true }
    const rest = others().map((other) => ({
      user: other.user,
      tool: other.data.tool,
      isSelf: false,
    }))
    panel.show([own, ...rest], Math.max(1, count()))
    panel.setStale(!isConnected())
    // Nobody's cursor is known to be anywhere while the line is down.
    cursors.show(isConnected() ? board.cursors.cursors() : [])
  }
  for (const source of [others, myPresence, count, isConnected, board.cursors.cursors]) {
    source.subscribe(show)
  }
  show()
}

function watchConnection(board: Board, client: WebSocketClient, announcer: Announcer): void {
  const line = new ConnectionLine(announcer, (action) => {
    if (action === 'connect') client.connect()
    else board.room.join()
  })
  const show = (): void =>
    line.show(
      readStanding({
        status: client.status(),
        isJoined: board.room.isJoined(),
        refusal: board.room.error(),
        isOnline: navigator.onLine,
        pending: board.pending(),
      }),
    )
  for (const source of [client.status, board.room.isJoined, board.room.error, board.pending]) {
    source.subscribe(show)
  }
  globalThis.addEventListener('online', show)
  globalThis.addEventListener('offline', show)
  show()
}
