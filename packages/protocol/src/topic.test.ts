import { describe, expect, it } from 'vitest'
import { isChannelName, isChannelPattern, patternCovers, patternMatches } from './topic.ts'

describe('a channel name', () => {
  it.each(['lobby', 'room:1', 'user:ada@example.com', 'a:b:c:d', 'x_.@=-9', 'a'.repeat(200)])(
    'may be %s',
    (name) => expect(isChannelName(name)).toBe(true),
  )

  it.each(['', ':', 'a:', ':a', 'a::b', 'a b', 'room:*', '#', 'ä', 'a\n', 'a/b', 'a'.repeat(201)])(
    'cannot be %j',
    (name) => expect(isChannelName(name)).toBe(false),
  )
})

describe('a channel pattern', () => {
  it.each(['*', '#', 'chat:*', 'events:#', 'a:*:c', '*:*', 'lobby'])('may be %s', (pattern) =>
    expect(isChannelPattern(pattern)).toBe(true),
  )

  it.each(['', 'a:#:b', '#:a', 'a*', 'a:b*', '**', 'a:', 'a:##'])('cannot be %j', (pattern) =>
    expect(isChannelPattern(pattern)).toBe(false),
  )
})

describe('a match', () => {
  it.each([
    ['chat:general', 'chat:general'],
    ['chat:*', 'chat:general'],
    ['events:#', 'events:user'],
    ['events:#', 'events:user:login'],
    ['#', 'anything:at:all'],
    ['a:*:c', 'a:b:c'],
  ])('%s matches %s', (pattern, channel) => expect(patternMatches(pattern, channel)).toBe(true))

  it.each([
    ['events:#', 'events'],
    ['chat:*', 'chat:'],
    ['chat:*', 'chat'],
    ['chat:*', 'chat:a:b'],
    ['chat:*', 'events:foo'],
    ['*', 'a:b'],
    ['chat:*', 'chat:*'],
  ])('%s does not match %s', (pattern, channel) =>
    expect(patternMatches(pattern, channel)).toBe(false),
  )
})

describe('a pattern covers another', () => {
  it.each([
    ['#', 'a:*'],
    ['#', '#'],
    ['a:#', 'a:*:c'],
    ['a:#', 'a:#'],
    ['a:*', 'a:*'],
    ['a:*', 'a:b'],
    ['room:1', 'room:1'],
  ])('%s covers %s', (outer, inner) => expect(patternCovers(outer, inner)).toBe(true))

  it.each([
    ['room:1', 'room:*'],
    ['room:*', 'room:#'],
    ['room:*', '*:*'],
    ['room:*', '*'],
    ['a:#', 'a'],
    ['a:#', '#'],
    ['*', '#'],
  ])('%s does not cover %s', (outer, inner) => expect(patternCovers(outer, inner)).toBe(false))
})
