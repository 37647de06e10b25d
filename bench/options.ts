import { parseArgs } from 'node:util'
import type { Scenario } from './scenario.ts'

/** What the command line asks for. */
export interface Options {
  readonly scenarios: readonly Scenario[]
  readonly runs: number
  readonly quick: boolean
  readonly json: boolean
  readonly list: boolean
  /** The peers that run; empty runs all that a scenario has. */
  readonly peers: readonly string[]
  /** The folder for CPU profiles of the servers. */
  readonly profile: string | undefined
}

/** Says what is wrong with the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Reads the command line.
 *
 * @throws {UsageError} for an unknown flag or scenario, or a bad value
 */
export function readOptions(args: readonly string[], known: readonly Scenario[]): Options {
  const { values, positionals } = parse(args)
  const runs = Number(values.runs)
  if (!Number.isInteger(runs) || runs < 1) {
    throw new UsageError(`--runs is ${values.runs}: expected a whole number from 1`)
  }
  const scenarios = positionals.map((name) => {
    const scenario = known.find((candidate) => candidate.name === name)
    const names = known.map((candidate) => candidate.name).join(', ')
    if (!scenario) throw new UsageError(`unknown scenario ${name}; known are ${names}`)
    return scenario
  })
  const { quick, json, list, profile } = values
  const chosen = scenarios.length > 0 ? scenarios : known
  const peers = values.peers?.split(',') ?? []
  const knownPeers = new Set(chosen.flatMap((scenario) => scenario.peers))
  for (const peer of peers) {
    if (knownPeers.has(peer)) continue
    throw new UsageError(`unknown peer ${peer}; known here are ${[...knownPeers].join(', ')}`)
  }
  return { scenarios: chosen, peers, runs, quick, json, list, profile }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        runs: { type: 'string', default: '3' },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        profile: { type: 'string' },
        peers: { type: 'string' },
      },
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const known = '--runs n, --quick, --json, --list, --peers a,b, --profile folder'
    throw new UsageError(`${reason}; known are ${known}`)
  }
}
