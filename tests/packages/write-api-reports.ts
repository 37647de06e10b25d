import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createApiReports, REPORTS } from './api-reports.ts'

const reports = createApiReports()
rmSync(REPORTS, { recursive: true, force: true })
mkdirSync(REPORTS)
for (const [name, text] of reports) writeFileSync(join(REPORTS, name), text)
process.stdout.write(`wrote ${reports.size} reports into ${REPORTS}\n`)
