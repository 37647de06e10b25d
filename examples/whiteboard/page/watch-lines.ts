import type { Board } from './board.ts'
import { isDrawingMessage } from './drawing-message.ts'
import { Layer } from './layer.ts'
import { LinesUnderWay } from './lines-under-way.ts'
import type { Pen } from './pen.ts'

const SWEEP_INTERVAL_MS = 2_000

/** Shows lines while they are drawn: those of others, and one's own on top. */
export function watchLines(board: Board, pen: Pen, ownId: string): void {
  const layer = new Layer('#under-way')
  const underWay = new LinesUnderWay()
  const show = (): void => {
    const own = pen.line()
    layer.show([...underWay.lines().values(), ...(own ? [own] : [])])
  }
  const finished = (): ReadonlySet<string> => new Set(board.strokes().map(({ lineId }) => lineId))
  const sweep = (): void => {
    const present = new Set(board.presence.others().map(({ user }) => user.id))
    underWay.sweep(present, Date.now())
  }

  board.drawing.lastMessage.subscribe((message) => {
    if (!isDrawingMessage(message) || message.userId === ownId) return
    if (!finished().has(message.lineId)) underWay.hear(message, Date.now())
  })
  board.strokes.subscribe(() => underWay.finish(finished()))
  board.presence.others.subscribe(sweep)
  setInterval(sweep, SWEEP_INTERVAL_MS)
  underWay.lines.subscribe(show)
  pen.line.subscribe(show)
}
