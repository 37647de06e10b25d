import type { OutgoingDelivery } from '../../../ports/notification-sender.ts'

/** The results of attempts to send by one route, counted since the start. */
export interface RouteFigures {
  done: number
  /** Failed, and to be made again. */
  retried: number
  /** Given up. */
  dead: number
}

/** The counters of each route other than the inbox. */
export type FiguresByRoute = Record<OutgoingDelivery['route'], RouteFigures>

/** Makes figures that count nothing yet. */
export function emptyFigures(): FiguresByRoute {
  return {
    email: { done: 0, retried: 0, dead: 0 },
    webhook: { done: 0, retried: 0, dead: 0 },
  }
}
