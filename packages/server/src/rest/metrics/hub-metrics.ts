import type { HubFigures } from '../../core/figures.ts'
import type { Metric, Sample } from './metrics-text.ts'

/** Makes the metrics of a node from the statistics of its hub. */
export function hubMetrics(figures: HubFigures): Metric[] {
  return [...present(figures), ...traffic(figures), ...failures(figures), ...slowness(figures)]
}

function present(figures: HubFigures): Metric[] {
  const { connectionsByTransport: byTransport } = figures
  return [
    gauge('connections', 'Open connections.', by('transport', byTransport)),
    gauge('users', 'Users who have a connection.', one(figures.users)),
    gauge('channels', 'Channels and patterns that connections are in.', one(figures.channels)),
    gauge('slow_connections', 'Connections that take too little.', one(figures.slowConnections)),
    gauge('outbox_bytes', 'Bytes that wait for connections.', one(figures.queuedBytes)),
  ]
}

function traffic({ traffic, deliveries, framesSent, bytesSent }: HubFigures): Metric[] {
  const published = { client: traffic.publishedByClients, server: traffic.publishedByServer }
  const recovered = { true: traffic.recovered, false: traffic.notRecovered }
  return [
    counter('connects_total', 'Connections opened.', one(traffic.connected)),
    counter(
      'disconnects_total',
      'Connections ended, by close code; "none" for a stream, or a cut without a code.',
      by('code', traffic.disconnected),
    ),
    counter(
      'recoveries_total',
      'Resumes, by whether nothing is missing.',
      by('recovered', recovered),
    ),
    counter('published_events_total', 'Events published, by whom.', by('publisher', published)),
    counter('deliveries_total', 'Live events queued, once for each receiver.', one(deliveries)),
    counter('received_frames_total', 'Frames from clients.', one(traffic.framesReceived)),
    counter('received_bytes_total', 'Bytes of frames from clients.', one(traffic.bytesReceived)),
    counter('sent_frames_total', 'Frames to clients.', one(framesSent)),
    counter('sent_bytes_total', 'Bytes of frames to clients.', one(bytesSent)),
    counter('http_requests_total', 'Requests answered, by status.', by('status', traffic.requests)),
  ]
}

function failures({ traffic, refused, filters }: HubFigures): Metric[] {
  return [
    counter(
      'errors_total',
      'What clients and callers were refused, by code.',
      by('code', traffic.errors),
    ),
    counter(
      'refusals_total',
      'What was too much, by the bound that refused it.',
      by('bound', refused),
    ),
    counter('filter_steps_total', 'Steps that filters took.', one(filters.steps)),
    counter('filters_spent_total', 'Filters that ran out of steps.', one(filters.spent)),
  ]
}

function slowness(figures: HubFigures): Metric[] {
  const dropped = { volatile: figures.volatileDropped, unlogged: figures.unloggedDropped }
  return [
    counter('dropped_frames_total', 'Frames left out for slow receivers.', by('class', dropped)),
    counter(
      'paused_subscriptions_total',
      'Times a receiver fell behind its log.',
      one(figures.paused),
    ),
    counter('caught_up_subscriptions_total', 'Times one had caught up.', one(figures.caughtUp)),
    counter('log_gaps_total', 'Gaps told, because a log had lost events.', one(figures.logGaps)),
    counter('closed_too_slow_total', 'Connections closed as too slow.', one(figures.closedTooSlow)),
  ]
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name: `coterie_${name}`, help, type: 'gauge', samples }
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name: `coterie_${name}`, help, type: 'counter', samples }
}

function one(value: number): readonly Sample[] {
  return [{ value }]
}

function by(label: string, counts: Readonly<Record<string, number>>): readonly Sample[] {
  return Object.entries(counts).map(([name, value]) => ({ label: [label, name], value }))
}
