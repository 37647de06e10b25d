import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './code-blocks.ts'

const FOLDER = join(root, 'docs/decisions')
const STATUS = /^(accepted|superseded by \[\d{4}\]\(\S+\))$/
const MAX_TITLE = 90

interface Decision {
  readonly file: string
  readonly title: string
  readonly date: string
  readonly status: string
}

function readDecision(file: string): Decision {
  const text = readFileSync(join(FOLDER, file), 'utf8')
  const head = /^# (?<title>.+)\n\nDate: (?<date>.+)\nStatus: (?<status>.+)\n\n/.exec(text)
  const { title = '', date = '', status = '' } = head?.groups ?? {}
  return { file, title, date, status }
}

const decisions = readdirSync(FOLDER)
  .filter((file) => file !== 'README.md')
  .map(readDecision)

it('gives each decision a number of its own', () => {
  const numbers = decisions.map(({ file }) => /^(\d{4})-[a-z0-9-]+\.md$/.exec(file)?.[1] ?? file)
  expect(numbers).toEqual([...new Set(numbers)])
  expect(numbers.filter((number) => !/^\d{4}$/.test(number))).toEqual([])
})

it('begins each page with a title, a date and a status', () => {
  const wrong = decisions.filter(
    ({ title, date, status }) =>
      title === '' ||
      title.length > MAX_TITLE ||
      !/^\d{4}-\d{2}-\d{2}$/.test(date) ||
      !STATUS.test(status),
  )
  expect(wrong).toEqual([])
})

it('lists each decision once in the index, by its title', () => {
  const index = readFileSync(join(FOLDER, 'README.md'), 'utf8')
  const listed = [...index.matchAll(/^- \[\d{4}\]\((\S+)\) (.+)$/gm)]
    .map(([, file, title]) => `${file}: ${title}`)
    .sort()
  expect(listed).toEqual(decisions.map(({ file, title }) => `${file}: ${title}`).sort())
})
