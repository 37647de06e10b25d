/** Characters that a name or pattern has at most. */
export const MAX_NAME_CHARACTERS = 200
/** Segments that a client's pattern may have at most, and wildcards among them. */
export const PATTERN_BOUNDS = { segments: 32, wildcards: 8 } as const
const SEGMENT = /^[A-Za-z0-9_.@=-]+$/

/** Tells whether a string names a channel: 1–200 characters, segments joined by `:`. */
export function isChannelName(name: string): boolean {
  if (name.length === 0 || name.length > MAX_NAME_CHARACTERS) return false
  return name.split(':').every((segment) => SEGMENT.test(segment))
}

/** Tells whether a string is a name or a pattern: `*` is one segment, a last `#` one or more. */
export function isChannelPattern(pattern: string): boolean {
  if (pattern.length === 0 || pattern.length > MAX_NAME_CHARACTERS) return false
  const segments = pattern.split(':')
  return segments.every(
    (segment, index) =>
      segment === '*' ||
      (segment === '#' && index === segments.length - 1) ||
      SEGMENT.test(segment),
  )
}

/** Tells whether a pattern is simple enough for clients: each one costs every publish. */
export function isBoundedPattern(pattern: string): boolean {
  const segments = pattern.split(':')
  const wildcards = segments.filter((segment) => segment === '*' || segment === '#')
  return segments.length <= PATTERN_BOUNDS.segments && wildcards.length <= PATTERN_BOUNDS.wildcards
}

/** Tells whether a valid pattern holds a wildcard, so that it is not itself a name. */
export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('#')
}

/** Tells whether a pattern matches a channel name. */
export function patternMatches(pattern: string, channel: string): boolean {
  return !hasWildcard(channel) && patternCovers(pattern, channel)
}

/** Tells whether every channel that `inner` matches is matched by `outer` too. */
export function patternCovers(outer: string, inner: string): boolean {
  const wide = outer.split(':')
  const narrow = inner.split(':')
  for (const [index, segment] of wide.entries()) {
    const other = narrow[index]
    if (other === undefined || other === '') return false
    if (segment === '#') return true
    if (other === '#') return false
    if (segment !== '*' && segment !== other) return false
  }
  return wide.length === narrow.length
}
