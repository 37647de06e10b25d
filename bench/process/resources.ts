import { monitorEventLoopDelay } from 'node:perf_hooks'
import { TurnWatch } from './turn-watch.ts'

/** Measures what this process takes of the machine. */
export interface ResourceCommands {
  /** Begins to count CPU time. */
  startCpu(nothing: null): void
  /** Returns the CPU time since then, user and system together, in µs. */
  readCpu(nothing: null): number
  /** Begins to watch how long the event loop is kept from going round. */
  startLoopDelay(nothing: null): void
  /** Returns the longest of these times since then, in ms. */
  readLoopDelay(nothing: null): number
  /** Begins to watch how much CPU time single turns of the event loop take. */
  startTurns(nothing: null): void
  /** Returns what the longest turn since then took, in ms of CPU time, whoever else had the core. */
  readLongestTurn(nothing: null): number
  /** Returns the most resident memory that there ever was, in bytes. */
  readPeakMemory(nothing: null): number
  /** Returns the resident memory in bytes, after the garbage was collected. */
  readMemory(nothing: null): Promise<number>
}

/** Makes the commands that measure this process. */
export function resourceCommands(): ResourceCommands {
  let since = process.cpuUsage()
  const loopDelay = monitorEventLoopDelay({ resolution: 1 })
  const turns = new TurnWatch()
  return {
    startCpu: () => {
      since = process.cpuUsage()
    },
    readCpu: () => {
      const { user, system } = process.cpuUsage(since)
      return user + system
    },
    startLoopDelay: () => {
      loopDelay.reset()
      loopDelay.enable()
    },
    readLoopDelay: () => {
      loopDelay.disable()
      return loopDelay.max / 1e6
    },
    startTurns: () => turns.start(),
    readLongestTurn: () => turns.stop(),
    readPeakMemory: () => process.resourceUsage().maxRSS * 1_024,
    readMemory: async () => {
      // Finalizers run between collections, and what they let go of goes with the next.
      for (let collection = 0; collection < 4; collection += 1) {
        globalThis.gc?.()
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      return process.memoryUsage.rss()
    },
  }
}
