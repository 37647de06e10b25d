import { distanceToLine, type Point } from './point.ts'

/**
 * Leaves out points that lie no further than `tolerance` from the line without
 * them (Ramer, Douglas and Peucker); the first and the last always stay.
 */
export function simplify(points: readonly Point[], tolerance: number): readonly Point[] {
  if (points.length < 3) return points
  const kept = new Set([0, points.length - 1])
  // A stack and no recursion: a stroke may have as many points as somebody has patience.
  const spans: [number, number][] = [[0, points.length - 1]]
  for (let span = spans.pop(); span; span = spans.pop()) {
    const [start, end] = span
    const farthest = findFarthest(points, start, end)
    if (!farthest || farthest.distance <= tolerance) continue
    kept.add(farthest.index)
    spans.push([start, farthest.index], [farthest.index, end])
  }
  return points.filter((_, index) => kept.has(index))
}

function findFarthest(points: readonly Point[], start: number, end: number) {
  const from = points[start]
  const to = points[end]
  if (!from || !to) return undefined
  let farthest: { index: number; distance: number } | undefined
  for (let index = start + 1; index < end; index += 1) {
    const point = points[index]
    if (!point) continue
    const distance = distanceToLine(point, from, to)
    if (!farthest || distance > farthest.distance) farthest = { index, distance }
  }
  return farthest
}
