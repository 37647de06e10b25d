const traced = new WeakMap<readonly number[], Path2D>()

/** Returns the curve through points, the same object for the same points. */
export function traceStroke(points: readonly number[]): Path2D {
  const path = traced.get(points) ?? trace(points)
  traced.set(points, path)
  return path
}

// Through the middle between points, bent towards them: no corner where a hand made none.
function trace(points: readonly number[]): Path2D {
  const path = new Path2D()
  let [x = 0, y = 0] = points
  path.moveTo(x, y)
  for (let at = 2; at + 1 < points.length; at += 2) {
    const nextX = points[at] ?? 0
    const nextY = points[at + 1] ?? 0
    path.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2)
    x = nextX
    y = nextY
  }
  // A line without length would not be painted: this one makes a dot.
  path.lineTo(x + (points.length > 2 ? 0 : 0.5), y)
  return path
}
