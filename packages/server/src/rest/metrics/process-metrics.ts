import type { Metric } from './metrics-text.ts'

const MICROSECONDS = 1e6

/** Makes the metrics of this process, with the standard names of Prometheus. */
export function processMetrics(): Metric[] {
  const { user, system } = process.cpuUsage()
  return [
    {
      name: 'process_cpu_seconds_total',
      help: 'CPU time of the process, in seconds.',
      type: 'counter',
      samples: [{ value: (user + system) / MICROSECONDS }],
    },
    {
      name: 'process_resident_memory_bytes',
      help: 'Memory of the process, in bytes.',
      type: 'gauge',
      samples: [{ value: process.memoryUsage.rss() }],
    },
    {
      name: 'process_start_time_seconds',
      help: 'When the process began, in seconds since 1970.',
      type: 'gauge',
      samples: [{ value: performance.timeOrigin / 1_000 }],
    },
  ]
}
