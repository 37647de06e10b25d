import fc from 'fast-check'

/** How a connection of a client breaks: with or without notice, or in one direction alone. */
export type Break = 'cut' | 'halfOpen' | 'loseUp' | 'loseDown'

export const BREAKS = ['cut', 'halfOpen', 'loseUp', 'loseDown'] as const

/** A step of one kind, and nothing else. */
export const kind = <Kind extends string>(name: Kind): fc.Arbitrary<Kind> => fc.constant(name)

/** Time that passes. */
export const wait = (maxMs: number) => fc.record({ kind: kind('wait'), ms: fc.nat(maxMs) })
