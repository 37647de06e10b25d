import type { Dialect } from './dialect.ts'

const REPLY = '{"type":"reply"'
const REPLY_BYTES = Buffer.from(REPLY)

/** The dialect of Coterie's own frames. */
export function coterieDialect(): Dialect {
  return {
    path: '/api/realtime/ws',
    async open(session) {
      await session.control('{"type":"connection"')
    },
    async subscribe(session, channels) {
      session.client.send(
        ...channels.map((channel) => JSON.stringify({ type: 'subscribe', id: channel, channel })),
      )
      for (const _ of channels) await session.control(REPLY)
    },
    publish(id, channel, payload, messageId) {
      const once = messageId === undefined ? '' : `"message_id":"${messageId}",`
      return `{"type":"publish","id":"${id}",${once}"channel":"${channel}","event":"message","payload":"${payload}"}`
    },
    isAck: (data, start) =>
      data.compare(REPLY_BYTES, 0, REPLY_BYTES.length, start, start + REPLY_BYTES.length) === 0,
    isRefusal: (text) => text.startsWith('{"type":"error"'),
    answerToPing: (text) => (text === '{"type":"ping"}' ? '{"type":"ping"}' : undefined),
    async joinPresence(session, channel, name) {
      const presence = { data: { name } }
      session.client.send(JSON.stringify({ type: 'subscribe', id: channel, channel, presence }))
      await session.control(REPLY)
    },
    resumePoint(session) {
      const { position, payload } = JSON.parse(session.lastDelivery)
      // An event, or the reply to an earlier resume.
      return position ?? payload.position
    },
    async resume(session, channel, since) {
      // The frame need not wait for the greeting, as that of a real client does not.
      session.client.send(JSON.stringify({ type: 'subscribe', id: channel, channel, since }))
      await session.control('{"type":"connection"')
    },
  }
}
