import { describe, expect, it } from 'vitest'
import type { JsonValue } from './frames/frame.ts'
import { copyJson } from './json-copy.ts'
import type { Jsonable, JsonLike, JsonObjectLike } from './jsonable.ts'

/** What a function does that takes what JSON can carry. */
const isCarried = <const Given>(value: Jsonable<Given>): boolean => copyJson(value).ok
const isCarriedMember = ({ data }: { readonly data: JsonLike }): boolean => copyJson(data).ok
const areCarriedMembers = (members: JsonObjectLike): boolean => copyJson(members).ok

interface Point {
  readonly x: number
  y?: number
  label?: string | undefined
  readonly tags: readonly string[]
  readonly pair: readonly [number, string]
  readonly next: Point | null
}
type Tree = { readonly value: number; readonly children: readonly Tree[] }
class Stroke {
  readonly id: string
  readonly #points: number[] = []
  constructor(id: string) {
    this.id = id
  }
  get size(): number {
    return this.#points.length
  }
  add(point: number): void {
    this.#points.push(point)
  }
}
interface Meeting {
  readonly at: Date
  readonly url: URL
}

const point: Point = { x: 1, label: undefined, tags: ['a'], pair: [1, 'b'], next: null }
const tree: Tree = { value: 1, children: [{ value: 2, children: [] }] }

describe('the types take what JSON carries', () => {
  it.each([
    ['an interface, with what is optional and read-only', isCarried(point)],
    ['an interface or null', isCarried(point as Point | null)],
    ['a list of interfaces', isCarried([point, { ...point, next: point }] as readonly Point[])],
    ['a type that contains itself', isCarried(tree)],
    ['an instance of a class with methods', isCarried(new Stroke('s-1'))],
    ['a date, which arrives as its text', isCarried(new Date(0))],
    [
      'dates and addresses in an interface',
      isCarried({ at: new Date(0), url: new URL('a:b') } as Meeting),
    ],
    [
      'what is written down on the spot',
      isCarried({ a: [1, 'x', null, { b: true }], c: undefined }),
    ],
    ['a record', isCarried({ a: 1 } as Record<string, number>)],
    ['a record of something', isCarried({ a: 1 } as Record<string, unknown>)],
    ['something', isCarried(JSON.parse('{}') as unknown)],
    ['anything', isCarried(JSON.parse('{}'))],
    ['a JSON value', isCarried({ a: [1] } as JsonValue)],
    ['null', isCarried(null)],
    ['a text', isCarried('a')],
    ['an interface as a member', isCarriedMember({ data: point })],
    ['an instance as a member', isCarriedMember({ data: new Stroke('s-1') })],
    ['a list of interfaces as a member', isCarriedMember({ data: [point] })],
    ['a date as a member', isCarriedMember({ data: new Date(0) })],
    ['an interface of members', areCarriedMembers(point)],
    ['members of interfaces', areCarriedMembers({ point, tree, list: [point] })],
  ])('%s', (_, isTaken) => {
    expect(isTaken).toBe(true)
  })

  it('what is of a type that extends them', () => {
    const carry = <Value extends JsonValue>(value: Value): boolean => isCarried(value)
    expect(carry({ a: 1 })).toBe(true)
  })
})

describe('the types refuse what JSON would drop or change', () => {
  interface Selection {
    readonly ids: Set<string>
  }
  it.each([
    // @ts-expect-error a function
    ['a function', isCarried(() => 1)],
    // @ts-expect-error a big integer
    ['a big integer', isCarried(1n)],
    // @ts-expect-error nothing
    ['nothing', isCarried(undefined)],
    // @ts-expect-error a symbol
    ['a symbol', isCarried(Symbol('a'))],
    // @ts-expect-error a map
    ['a map', isCarried(new Map([['a', 1]]))],
    // @ts-expect-error a set in an interface
    ['a set in an interface', isCarried({ ids: new Set(['a']) } as Selection)],
    // @ts-expect-error a function within
    ['a function within', isCarried({ run: () => 1 })],
    // @ts-expect-error a big integer within
    ['a big integer within', isCarried({ list: [{ size: 1n }] })],
    // @ts-expect-error a hole
    ['a hole in a list', isCarried([1, undefined])],
    // @ts-expect-error bytes
    ['bytes', isCarried({ bytes: new Uint8Array(1) })],
    // @ts-expect-error an error
    ['an error', isCarried(new Error('a'))],
    // @ts-expect-error a promise
    ['a promise', isCarried(Promise.resolve(1))],
    // @ts-expect-error a map
    ['a map as a member', isCarriedMember({ data: new Map() })],
    // @ts-expect-error a function
    ['a function as a member', isCarriedMember({ data: () => 1 })],
    // @ts-expect-error a big integer
    ['a big integer as a member', isCarriedMember({ data: 1n })],
    // @ts-expect-error a map
    ['a map of members', areCarriedMembers(new Map([['a', 1]]))],
  ])('%s', (_, isTaken) => {
    expect(isTaken).toBe(false)
  })

  it('a list and a text in the place of members', () => {
    // @ts-expect-error a list
    expect(areCarriedMembers([1])).toBe(true)
    // @ts-expect-error a text
    expect(areCarriedMembers('a')).toBe(true)
  })
})
