import { describe, expect, it, vi } from 'vitest'
import { carriedCaret } from '../../examples/document/page/carried-caret.ts'
import { Drafts } from '../../examples/document/page/drafts.ts'
import { type Paragraph, readParagraph } from '../../examples/document/page/paragraph.ts'
import {
  joinParagraph,
  linesOf,
  type ParagraphEdit,
  pasteLines,
  splitParagraph,
} from '../../examples/document/page/paragraph-edits.ts'
import { problemText } from '../../examples/document/page/problem-text.ts'
import { saveStatus } from '../../examples/document/page/save-status.ts'
import { Unconfirmed } from '../../examples/document/page/unconfirmed.ts'
import { withDrafts } from '../../examples/document/page/with-drafts.ts'

const bob = (id: string, text: string): Paragraph => ({ id, text, editor: 'Bob' })

function editing() {
  let made = 0
  return {
    editor: 'Ada',
    createId: () => {
      made += 1
      return `new${made}`
    },
  }
}

function shown(edit: ParagraphEdit | undefined): unknown {
  return (
    edit && {
      texts: edit.paragraphs.map(({ id, text, editor }) => `${id}:${text}:${editor}`),
      caret: [edit.caret.paragraphId, edit.caret.at],
    }
  )
}

describe('a caret', () => {
  it.each([
    ['stays before what was added behind it', 'abc', 'abcdef', 2, 2],
    ['stays at the end when something is added there', 'abc', 'abcdef', 3, 3],
    ['moves with what was added before it', 'abc', 'xyabc', 2, 4],
    ['moves with what was taken before it', 'xyabc', 'abc', 4, 2],
    ['stays in what was replaced by something longer', 'a12z', 'a3456z', 2, 2],
    ['moves to the end of what was replaced by something shorter', 'a1234z', 'a5z', 4, 2],
    ['is at the start of a text that went', 'abc', '', 2, 0],
    ['tells repeated letters apart only by what surrounds them', 'aa', 'aaa', 1, 1],
  ])('%s', (_, before, after, caret, expected) => {
    expect(carriedCaret(before, after, caret)).toBe(expected)
  })

  it('is always in the text', () => {
    for (const before of ['', 'a', 'ab', 'abab', 'xx']) {
      for (const after of ['', 'b', 'ba', 'aabb', 'xxx']) {
        for (let caret = 0; caret <= before.length; caret += 1) {
          const carried = carriedCaret(before, after, caret)
          expect(carried).toBeGreaterThanOrEqual(0)
          expect(carried).toBeLessThanOrEqual(after.length)
        }
      }
    }
  })
})

describe('paragraphs', () => {
  const two = [bob('a', 'headtail'), bob('b', 'next')]

  it('split where the caret is', () => {
    const at = { paragraphId: 'a', start: 4, end: 4 }
    expect(shown(splitParagraph(two, at, editing()))).toEqual({
      texts: ['a:head:Ada', 'new1:tail:Ada', 'b:next:Bob'],
      caret: ['new1', 0],
    })
  })

  it('split without what is selected', () => {
    const at = { paragraphId: 'a', start: 2, end: 6 }
    expect(shown(splitParagraph(two, at, editing()))).toMatchObject({
      texts: ['a:he:Ada', 'new1:il:Ada', 'b:next:Bob'],
    })
  })

  it('keep their text and their editor when split at an end', () => {
    const start = { paragraphId: 'b', start: 0, end: 0 }
    expect(shown(splitParagraph(two, start, editing()))).toEqual({
      texts: ['a:headtail:Bob', 'new1::Ada', 'b:next:Bob'],
      caret: ['b', 0],
    })
    const end = { paragraphId: 'b', start: 4, end: 4 }
    expect(shown(splitParagraph(two, end, editing()))).toEqual({
      texts: ['a:headtail:Bob', 'b:next:Bob', 'new1::Ada'],
      caret: ['new1', 0],
    })
  })

  it('join the one before', () => {
    expect(shown(joinParagraph(two, 'b', editing()))).toEqual({
      texts: ['a:headtailnext:Ada'],
      caret: ['a', 8],
    })
    expect(joinParagraph(two, 'a', editing())).toBeUndefined()
    expect(joinParagraph(two, 'nowhere', editing())).toBeUndefined()
  })

  it('stay as they are when an empty one beside them goes', () => {
    const after = [bob('a', 'text'), bob('b', '')]
    expect(shown(joinParagraph(after, 'b', editing()))).toEqual({
      texts: ['a:text:Bob'],
      caret: ['a', 4],
    })
    const before = [bob('a', ''), bob('b', 'text')]
    expect(shown(joinParagraph(before, 'b', editing()))).toEqual({
      texts: ['b:text:Bob'],
      caret: ['b', 0],
    })
  })

  it('take several lines in place of what is selected', () => {
    const at = { paragraphId: 'a', start: 4, end: 5 }
    expect(shown(pasteLines(two, at, ['1', '2', '3'], editing()))).toEqual({
      texts: ['a:head1:Ada', 'new1:2:Ada', 'new2:3ail:Ada', 'b:next:Bob'],
      caret: ['new2', 1],
    })
    expect(shown(pasteLines(two, at, ['1'], editing()))).toEqual({
      texts: ['a:head1ail:Ada', 'b:next:Bob'],
      caret: ['a', 5],
    })
    expect(pasteLines(two, at, [], editing())).toBeUndefined()
  })

  it('begin anew at each line that has something in it', () => {
    expect(linesOf('one\r\ntwo\n\n \rthree\n')).toEqual(['one', 'two', 'three'])
  })

  it('are texts, whatever others wrote', () => {
    const odd = { id: 'a', text: 5, editor: { name: 'Eve' }, more: true }
    expect(readParagraph(odd)).toEqual({ id: 'a', text: '', editor: '' })
  })
})

describe('what is typed', () => {
  const typed = (texts: Record<string, string>) => ({
    texts: new Map(Object.entries(texts)),
    editor: 'Ada',
  })

  it('stands in place of what is shared', () => {
    const shared = [bob('a', 'one'), bob('b', 'two')]
    expect(withDrafts(shared, shared, typed({ b: 'mine' }))).toEqual([
      bob('a', 'one'),
      { id: 'b', text: 'mine', editor: 'Ada' },
    ])
    expect(withDrafts(shared, [], typed({}))).toBe(shared)
  })

  it('stays where it was when somebody takes its paragraph away', () => {
    const before = [bob('a', '1'), bob('b', '2'), bob('c', '3'), bob('d', '4')]
    const left = [bob('a', '1'), bob('d', '4')]
    const ids = withDrafts(left, before, typed({ c: 'mine' })).map(({ id }) => id)
    expect(ids).toEqual(['a', 'c', 'd'])
    const first = withDrafts(left.slice(1), before, typed({ a: 'mine' })).map(({ id }) => id)
    expect(first).toEqual(['a', 'd'])
  })

  it('is due once in a while, however much is typed', () => {
    vi.useFakeTimers()
    try {
      const due: string[][] = []
      const drafts = new Drafts(150, () => {
        due.push([...drafts.texts.values()])
        for (const id of [...drafts.texts.keys()]) drafts.remove(id)
      })
      drafts.put('a', 'h')
      vi.advanceTimersByTime(100)
      drafts.put('a', 'hi')
      vi.advanceTimersByTime(50)
      drafts.put('a', 'hi!')
      vi.advanceTimersByTime(1_000)
      expect(due).toEqual([['hi'], ['hi!']])
      drafts.put('a', 'gone')
      drafts.remove('a')
      vi.advanceTimersByTime(1_000)
      expect(due).toHaveLength(2)
    } finally {
      vi.useRealTimers()
    }
  })

  it('stays until the version that has it is there, or none will have it', () => {
    const unconfirmed = new Unconfirmed()
    const [confirm] = unconfirmed.add(new Map([['a', 'one']]))
    unconfirmed.reached(7)
    expect(unconfirmed.texts).toEqual(new Map([['a', 'one']]))
    confirm(8)
    unconfirmed.reached(7)
    expect(unconfirmed.texts.size).toBe(1)
    const [, drop] = unconfirmed.add(new Map([['a', 'two']]))
    unconfirmed.reached(8)
    expect(unconfirmed.texts).toEqual(new Map([['a', 'two']]))
    drop()
    expect(unconfirmed.texts.size).toBe(0)
  })
})

describe('words', () => {
  it.each([
    [{ isOpened: false, isConnected: false, waiting: 0 }, 'Opening…'],
    [{ isOpened: true, isConnected: true, waiting: 0 }, 'All changes saved'],
    [{ isOpened: true, isConnected: true, waiting: 2 }, 'Saving…'],
    [{ isOpened: true, isConnected: false, waiting: 0 }, 'Offline'],
    [{ isOpened: true, isConnected: false, waiting: 1 }, 'Offline, 1 change waiting'],
    [{ isOpened: true, isConnected: false, waiting: 3 }, 'Offline, 3 changes waiting'],
  ])('say how far %j is', (progress, label) => {
    expect(saveStatus(progress).label).toBe(label)
  })

  it('say what was refused, also for what nobody foresaw', () => {
    expect(problemText({ code: 'too_large', message: 'x' })).toMatch(/too much for one document/)
    expect(problemText({ code: 'forbidden', message: 'x' })).toMatch(/not allowed/)
    expect(problemText({ code: 'internal', message: 'a disk is full' })).toBe(
      'The change was not saved: a disk is full.',
    )
  })
})
