import { expect, it } from 'vitest'
import { OutgoingFrame } from '../../core/outgoing-frame.ts'
import { sseEvents } from './sse-frame.ts'
import { SseTransport } from './sse-transport.ts'

function createSink() {
  const sink = {
    text: '',
    hasEnded: false,
    bufferedBytes: 0,
    write: (bytes: Uint8Array) => {
      sink.text += Buffer.from(bytes).toString()
    },
    end: () => {
      sink.hasEnded = true
    },
    destroy: () => {},
  }
  return sink
}

it('sends what was written before it began, with the positions of the channels at that time', () => {
  const transport = new SseTransport(['a', 'b'], '')
  const place = { subscription: 'b', position: 'x:2' }
  transport.write([
    sseEvents.encode('connection', ['{}']),
    sseEvents.encode('event', ['{}'], place),
  ])
  transport.startAt('b', 'x:1')
  const sink = createSink()
  transport.begin(sink)
  expect(sink.text).toBe(
    'retry: 3000\n\nid: -,x:1\nevent: connection\ndata: {}\n\nid: -,x:2\nevent: event\ndata: {}\n\n',
  )
})

it('sends a notification both directly and within payload for earlier clients, and other frames without their type', () => {
  const transport = new SseTransport([], '')
  const sink = createSink()
  transport.begin(sink)
  const frames = [
    new OutgoingFrame('notification', '{"payload":{"id":"n","title":"New message"}}'),
    new OutgoingFrame('inbox', '{"unread_count":1}'),
  ]
  transport.write(frames.map((frame) => frame.encoded(sseEvents)))
  expect(sink.text).toBe(
    [
      'retry: 3000\n\n',
      'id: -\nevent: notification\ndata: {"id":"n","title":"New message","payload":{"id":"n","title":"New message"}}\n\n',
      'id: -\nevent: inbox\ndata: {"unread_count":1}\n\n',
    ].join(''),
  )
})

// It used to stay open without anything to send.
it('ends a stream that was closed before it began, and says why', () => {
  const transport = new SseTransport([], '')
  transport.close(4503, 'too many')
  expect(transport.refusal).toBe('too many')
  transport.write([sseEvents.encode('event', ['{}'])])
  const sink = createSink()
  transport.begin(sink)
  const close = 'id: -\nevent: close\ndata: {"code":4503,"reason":"too many"}\n\n'
  expect(sink).toMatchObject({ text: `retry: 3000\n\n${close}`, hasEnded: true })
})

it('sends nothing after its end', () => {
  const transport = new SseTransport([], '')
  const sink = createSink()
  transport.begin(sink)
  transport.close(1012, '')
  const { text } = sink
  transport.write([sseEvents.encode('event', ['{}'])])
  transport.ping()
  transport.close(1012, '')
  expect(sink).toMatchObject({ text, hasEnded: true })
})
