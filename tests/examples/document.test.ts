import { describe, expect, it } from 'vitest'
import { COLORS, freeColor, readColor } from '../../examples/document/page/colors.ts'
import { problemText } from '../../examples/document/page/problem-text.ts'
import { saveStatus } from '../../examples/document/page/save-status.ts'

describe('the save status', () => {
  const good = {
    isConnected: true,
    isOpened: true,
    isSynced: true,
    hasUnsent: false,
    isRefused: false,
  }

  it.each([
    ['nothing is there yet', { isOpened: false }, 'busy', 'Opening…'],
    ['the server has everything', {}, 'good', 'All changes saved'],
    ['something is on its way', { isSynced: false, hasUnsent: true }, 'busy', 'Saving…'],
    ['the others wrote while one was away', { isSynced: false }, 'busy', 'Catching up…'],
    ['the line is down', { isConnected: false, isSynced: false }, 'bad', 'Offline'],
    [
      'the line is down and something was written',
      { isConnected: false, isSynced: false, hasUnsent: true },
      'bad',
      'Offline, changes not sent yet',
    ],
    [
      'the server does not take it',
      { isSynced: false, hasUnsent: true, isRefused: true },
      'bad',
      'Not saved',
    ],
  ])('says so when %s', (_, progress, tone, label) => {
    expect(saveStatus({ ...good, ...progress })).toEqual({ tone, label })
  })

  it('never says that all is saved while it is not', () => {
    for (const isConnected of [true, false]) {
      for (const hasUnsent of [true, false]) {
        for (const isRefused of [true, false]) {
          const progress = { ...good, isConnected, hasUnsent, isRefused, isSynced: false }
          expect(saveStatus(progress).label).not.toMatch(/all .* saved/i)
        }
      }
    }
  })
})

describe('colours', () => {
  it('are given to one each, as long as there are some', () => {
    const taken: string[] = []
    for (const _ of COLORS) taken.push(freeColor(taken))
    expect(new Set(taken)).toEqual(new Set(COLORS))
    expect(COLORS).toContain(freeColor(taken))
    expect(freeColor(taken.filter((color) => color !== COLORS[3]))).toBe(COLORS[3])
  })

  it('can be read below white, and seen on light and on dark', () => {
    for (const color of COLORS) {
      expect(contrast(color, '#ffffff'), color).toBeGreaterThan(4.5)
      expect(contrast(color, '#fffefb'), color).toBeGreaterThan(3)
      expect(contrast(color, '#181c1a'), color).toBeGreaterThan(3)
    }
  })

  it('are read only where they are one of these', () => {
    expect(readColor(COLORS[1])).toBe(COLORS[1])
    expect(readColor('red; background: url(x)')).toBeUndefined()
    expect(readColor(null)).toBeUndefined()
  })
})

it('says what is wrong in words, and what the server said where there are none', () => {
  expect(problemText({ code: 'forbidden', message: 'no' })).toMatch(/not allowed/)
  expect(problemText({ code: 'internal', message: 'it broke' })).toContain('it broke')
})

/** The contrast of two colours, by WCAG 2. */
function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
