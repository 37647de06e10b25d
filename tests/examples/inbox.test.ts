import { describe, expect, it } from 'vitest'
import { readInboxUser } from '../../examples/inbox/inbox-user.ts'
import { ageLabel, remainderLabel } from '../../examples/inbox/page/age-label.ts'
import { readNotice } from '../../examples/inbox/read-notice.ts'

const NOTICE = { to: ['Ada'], type: 'task', priority: 'high', title: 'Lunch', message: 'At noon' }

describe('a person of the inbox', () => {
  it.each(['Ada Lovelace', '  ada   lovelace ', 'ＡＤＡ LOVELACE'])('is the same as %j', (name) => {
    expect(readInboxUser(name)).toMatchObject({ ok: true, value: { userId: 'inbox:ada lovelace' } })
  })

  it.each(['', '  ', 'a\nb', 7, undefined, 'x'.repeat(41)])('is not called %j', (name) => {
    expect(readInboxUser(name).ok).toBe(false)
  })
})

describe('a notice', () => {
  it('is read with what may be left out', () => {
    expect(readNotice({ ...NOTICE, to: ['Ada', 'ADA', 'Bob'], title: ' Lunch ' })).toEqual({
      ok: true,
      value: {
        recipients: ['inbox:ada', 'inbox:bob'],
        type: 'task',
        priority: 'high',
        title: 'Lunch',
        message: 'At noon',
        actionLabel: undefined,
        expiresInS: undefined,
      },
    })
    expect(readNotice({ ...NOTICE, action: 'Yes', expires_in_s: 10 })).toMatchObject({
      value: { actionLabel: 'Yes', expiresInS: 10 },
    })
  })

  it.each([
    [null, /object/],
    [{ to: [] }, /whom/],
    [{ to: 'Ada' }, /whom/],
    [{ to: ['Ada', ''] }, /name/],
    [{ to: Array.from({ length: 21 }, (_, index) => `p${index}`) }, /at most 20/],
    [{ type: 'constructor' }, /"type"/],
    [{ priority: 1 }, /"priority"/],
    [{ title: ' ' }, /title says something/],
    [{ title: 'x'.repeat(121) }, /title has at most 120 characters, not 121/],
    [{ message: 7 }, /message is a text/],
    [{ action: 'x'.repeat(31) }, /action has at most 30/],
    [{ expires_in_s: 0 }, /1 second to 7 days/],
    [{ expires_in_s: 1.5 }, /1 second to 7 days/],
    [{ expires_in_s: '10' }, /1 second to 7 days/],
  ])('is refused with %j, in words', (fields, words) => {
    const read = readNotice(fields && { ...NOTICE, ...fields })
    expect(read).toMatchObject({ ok: false, error: expect.stringMatching(words) })
  })
})

it.each([
  [0, 'now', 'disappears soon'],
  [61_000, '1 min', 'disappears in 2 min'],
  [59.5 * 60_000, '59 min', 'disappears in 60 min'],
])('says %d ms as people do', (ms, age, remainder) => {
  const nowMs = Date.UTC(2026, 5, 15, 12)
  expect(ageLabel(nowMs - ms, nowMs)).toBe(age)
  expect(remainderLabel(nowMs + ms, nowMs)).toBe(remainder)
})
