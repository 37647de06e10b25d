import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { undocumentedNames } from './api-report-text.ts'
import { createApiReports, REPORTS } from './api-reports.ts'

const REWRITE = 'the public names have changed: run `npm run api`, and commit what it writes'
const reports = createApiReports()

it('there is one report for each entry of each package', () => {
  const committed = readdirSync(REPORTS).toSorted()
  expect(committed, REWRITE).toEqual([...reports.keys()].toSorted())
})

describe.each([...reports])('api/%s', (name, report) => {
  it('has the public names and signatures of the code', () => {
    expect(readFileSync(join(REPORTS, name), 'utf8'), REWRITE).toBe(report)
  })

  it('has no name without a docstring', () => {
    expect(undocumentedNames(report)).toEqual([])
  })
})
