import type { RealtimeHub } from '../../hub.ts'
import { getMetrics } from '../contracts/operations.ts'
import type { RestRouter } from '../rest-router.ts'
import { hubMetrics } from './hub-metrics.ts'
import { METRICS_TYPE, metricsText } from './metrics-text.ts'
import { processMetrics } from './process-metrics.ts'

/** Serves the hub's statistics to Prometheus, with the server key. */
export function serveMetrics(router: RestRouter, hub: Pick<RealtimeHub, 'figures'>): void {
  router.serve(getMetrics, (context) => {
    const text = metricsText([...hubMetrics(hub.figures()), ...processMetrics()])
    return context.body(text, 200, { 'Content-Type': METRICS_TYPE }) as never
  })
}
