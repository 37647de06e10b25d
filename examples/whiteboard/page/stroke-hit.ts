import { distanceToLine, type Point } from './point.ts'
import { type Stroke, unpackPoints } from './stroke.ts'

/** Tells whether an eraser of some radius touches a stroke. */
export function touches(stroke: Stroke, eraser: Point, radius: number): boolean {
  const reach = radius + stroke.width / 2
  const points = unpackPoints(stroke.points)
  return points.some((point, at) => distanceToLine(eraser, points[at - 1] ?? point, point) <= reach)
}

/** Returns points on the way from one to another, close enough that nothing slips between. */
export function pointsBetween(from: Point, to: Point, step: number): readonly Point[] {
  const count = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / step))
  return Array.from({ length: count }, (_, at) => {
    const share = (at + 1) / count
    return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share }
  })
}
