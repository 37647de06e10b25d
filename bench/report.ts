import { judge, type Verdict } from './judge.ts'
import { median } from './median.ts'
import type { PeerRuns } from './run-scenario.ts'
import type { Figures, Scenario } from './scenario.ts'

/** What a scenario came to. */
export interface Report {
  readonly scenario: Scenario
  readonly results: readonly PeerRuns[]
  readonly verdicts: readonly Verdict[]
}

/** Sums up the runs of a scenario. */
export function reportOn(scenario: Scenario, results: readonly PeerRuns[]): Report {
  return { scenario, results, verdicts: scenario.targets.map((target) => judge(target, results)) }
}

/** Writes a report as a table for people. */
export function tableOf({ scenario, results, verdicts }: Report): string {
  const { columns } = scenario
  const rows = [
    ['', ...columns.map(({ title, unit }) => `${title} (${unit})`)],
    ...results.map(({ peer, runs, notServed }) => [
      peer,
      ...columns.map(({ key, digits }, index) =>
        runs.length > 0
          ? grouped(medianOf(runs, key), digits)
          : index === 0
            ? (notServed ?? 'not served')
            : '',
      ),
    ]),
  ]
  const widths = columns.map((_, index) => widthOf(rows, index + 1))
  const peerWidth = widthOf(rows, 0)
  const lines = rows.map(([peer = '', ...cells]) =>
    [peer.padEnd(peerWidth), ...cells.map((cell, index) => cell.padStart(widths[index] ?? 0))]
      .join('  ')
      .trimEnd(),
  )
  return [`${scenario.name}: ${scenario.about}`, ...lines, ...verdicts.map(lineOf), ''].join('\n')
}

/** Returns a report as plain data. */
export function dataOf({ scenario, results, verdicts }: Report): object {
  return {
    name: scenario.name,
    about: scenario.about,
    peers: Object.fromEntries(
      results.map(({ peer, runs, notServed }) => [
        peer,
        notServed === undefined ? figuresOf(scenario, runs) : { notServed },
      ]),
    ),
    targets: verdicts.map(({ target, value, isMet }) => ({
      ...target,
      value: value === undefined ? null : rounded(value),
      met: isMet ?? null,
    })),
  }
}

function figuresOf({ columns }: Scenario, runs: readonly Figures[]): object {
  return Object.fromEntries(
    columns.map(({ key, unit }) => [
      key,
      {
        median: rounded(medianOf(runs, key)),
        runs: runs.map((figures) => rounded(figures[key] ?? Number.NaN)),
        unit,
      },
    ]),
  )
}

function lineOf({ target, value, isMet }: Verdict): string {
  const { about, peer, comparedWith, atMost, atLeast } = target
  const compared = comparedWith ? ` / ${comparedWith.peer}` : ''
  const sign = comparedWith?.as === 'difference' ? compared.replace('/', '-') : compared
  const bound = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`
  const mark = isMet === undefined ? 'not measured' : isMet ? 'met' : 'MISSED'
  const shown = value === undefined ? '-' : grouped(value, value >= 1_000 ? 0 : 2)
  return `  ${about} (${peer}${sign}): ${shown}, ${bound}: ${mark}`
}

function medianOf(runs: readonly Figures[], key: string): number {
  return median(runs.map((figures) => figures[key] ?? Number.NaN))
}

function widthOf(rows: readonly (readonly string[])[], column: number): number {
  return Math.max(...rows.map((row) => row[column]?.length ?? 0))
}

function grouped(value: number, digits: number): string {
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}

function rounded(value: number): number {
  return Number(value.toPrecision(6))
}
