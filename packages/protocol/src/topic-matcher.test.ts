import fc from 'fast-check'
import { expect, it } from 'vitest'
import { patternMatches } from './topic.ts'
import { TopicMatcher } from './topic-matcher.ts'

it('finds everyone whose pattern matches, each once', () => {
  const matcher = new TopicMatcher()
  matcher.subscribe('chat:*', 'user-1')
  matcher.subscribe('events:#', 'admin-1')
  matcher.subscribe('chat:general', 'user-2')
  matcher.subscribe('#', 'user-2')
  expect(matcher.matchTopic('chat:general')).toEqual(['user-2', 'user-1'])
  expect(matcher.matchTopic('events:user:login')).toEqual(['admin-1', 'user-2'])
})

it('names the most specific pattern first', () => {
  const matcher = new TopicMatcher()
  for (const pattern of ['#', 'a:#', '*:b', 'a:*', 'a:b']) matcher.subscribe(pattern, pattern)
  expect(matcher.matchTopic('a:b')).toEqual(['a:b', 'a:*', 'a:#', '*:b', '#'])
})

it('forgets what was unsubscribed, and says whether there was anything', () => {
  const matcher = new TopicMatcher()
  matcher.subscribe('chat:*', 'ada')
  expect(matcher.unsubscribe('chat:*', 'ada')).toBe(true)
  expect(matcher.unsubscribe('chat:*', 'ada')).toBe(false)
  expect(matcher.matchTopic('chat:general')).toEqual([])
  expect(matcher.isEmpty).toBe(true)
})

it('returns all patterns of an id when it leaves', () => {
  const matcher = new TopicMatcher()
  matcher.subscribe('a:*', 'ada')
  matcher.subscribe('b', 'ada')
  matcher.subscribe('b', 'bob')
  expect(matcher.unsubscribeAll('ada')).toEqual(['a:*', 'b'])
  expect(matcher.matchTopic('b')).toEqual(['bob'])
})

it('agrees with matching one pattern at a time', () => {
  const segment = fc.constantFrom('a', 'b', 'c')
  const channel = fc.array(segment, { minLength: 1, maxLength: 4 }).map((s) => s.join(':'))
  const pattern = fc
    .tuple(
      fc.array(fc.oneof(segment, fc.constant('*')), { maxLength: 3 }),
      fc.constantFrom('a', '*', '#'),
    )
    .map(([head, last]) => [...head, last].join(':'))
  const step = fc.record({ pattern, id: fc.constantFrom('x', 'y', 'z'), add: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step), channel, (steps, name) => {
      const matcher = new TopicMatcher()
      const model = new Map<string, [string, string]>()
      for (const { pattern: each, id, add } of steps) {
        if (add) {
          matcher.subscribe(each, id)
          model.set(`${each} ${id}`, [each, id])
        } else {
          matcher.unsubscribe(each, id)
          model.delete(`${each} ${id}`)
        }
      }
      const matching = [...model.values()].filter(([each]) => patternMatches(each, name))
      const expected = new Set(matching.map(([, id]) => id))
      const found = matcher.matchTopic(name)
      expect(new Set(found)).toEqual(expected)
      expect(found).toHaveLength(expected.size)
    }),
  )
})
