import { EventSource } from 'eventsource'
import { onTestFinished } from 'vitest'
import { eventSourceConformance } from './event-source-conformance.ts'
import { EVENT_TYPES, HeardEvents } from './heard-events.ts'

eventSourceConformance('an EventSource of Node', async (address, token) => {
  const heard = new HeardEvents()
  const source = new EventSource(address, {
    fetch: (url, init) =>
      fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }),
  })
  onTestFinished(() => source.close())
  for (const type of EVENT_TYPES) {
    source.addEventListener(type, ({ data, lastEventId }) => heard.take(type, data, lastEventId))
  }
  return heard
})
