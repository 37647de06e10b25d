/** Measures what this process takes of the machine. */
export interface ResourceCommands {
  /** Begins to count CPU time. */
  startCpu(nothing: null): void
  /** Returns the CPU time since then, user and system together, in µs. */
  readCpu(nothing: null): number
  /** Returns the resident memory in bytes, after the garbage was collected. */
  readMemory(nothing: null): Promise<number>
}

/** Makes the commands that measure this process. */
export function resourceCommands(): ResourceCommands {
  let since = process.cpuUsage()
  return {
    startCpu: () => {
      since = process.cpuUsage()
    },
    readCpu: () => {
      const { user, system } = process.cpuUsage(since)
      return user + system
    },
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
