/** As much of the parser as the tests use; it brings no types of its own. */
declare module 'parse-prometheus-text-format' {
  interface MetricFamily {
    readonly name: string
    readonly help: string
    readonly type: string
    readonly metrics: readonly {
      readonly value: string
      readonly labels?: Readonly<Record<string, string>>
    }[]
  }

  const parsePrometheusTextFormat: (text: string) => MetricFamily[]
  export = parsePrometheusTextFormat
}
