/** The media type of the text format (Prometheus exposition formats, version 0.0.4). */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** One value of a metric, with its label. */
export interface Sample {
  readonly label?: readonly [name: string, value: string]
  readonly value: number
}

/** A metric: its name, meaning and values. */
export interface Metric {
  readonly name: string
  readonly help: string
  /** A counter only grows, and starts at 0 with the process. */
  readonly type: 'counter' | 'gauge'
  readonly samples: readonly Sample[]
}

/** Writes metrics in the text format of Prometheus. */
export function metricsText(metrics: readonly Metric[]): string {
  return metrics.map(metricText).join('')
}

function metricText({ name, help, type, samples }: Metric): string {
  const lines = samples.map(({ label, value }) => `${name}${labelText(label)} ${value}\n`)
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function labelText(label: Sample['label']): string {
  if (!label) return ''
  const [name, value] = label
  return `{${name}="${escapeHelp(value).replaceAll('"', '\\"')}"}`
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
