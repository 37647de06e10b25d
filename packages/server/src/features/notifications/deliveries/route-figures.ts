import type { OutgoingDelivery } from '../../../ports/notification-sender.ts'

/** What became of attempts to send by one route, counted since the start. */
export interface RouteFigures {
  done: number
  /** Failed, and to be made again. */
  retried: number
  /** Given up. */
  dead: number
}

/** What is counted for each route outside of the hub. */
export type FiguresByRoute = Record<OutgoingDelivery['route'], RouteFigures>

/** Makes figures that count nothing yet. */
export function emptyFigures(): FiguresByRoute {
  return {
    email: { done: 0, retried: 0, dead: 0 },
    webhook: { done: 0, retried: 0, dead: 0 },
  }
}
