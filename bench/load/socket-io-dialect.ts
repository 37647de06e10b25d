import type { Dialect } from './dialect.ts'

const ACK = Buffer.from('43')

/** The dialect of Socket.IO 4 over WebSocket (Engine.IO 4). */
export function socketIoDialect(): Dialect {
  const privateIds = new WeakMap<object, string>()
  return {
    path: '/socket.io/?EIO=4&transport=websocket',
    async open(session) {
      await session.control('0{')
      session.client.send('40')
      const greeting = JSON.parse((await session.control('40{')).slice(2))
      privateIds.set(session, greeting.pid)
    },
    async subscribe(session, channels) {
      session.client.send(`420${JSON.stringify(['join', channels])}`)
      await session.control('430')
    },
    publish: (id, channel, payload) => `42${id}["publish","${channel}","${payload}"]`,
    isAck: (data, start) => data.compare(ACK, 0, 2, start, start + 2) === 0,
    isRefusal: (text) => text.startsWith('44'),
    answerToPing: (text) => (text === '2' ? '3' : undefined),
    async joinPresence(session, channel, name) {
      session.client.send(`420${JSON.stringify(['appear', channel, name])}`)
      await session.control('430')
    },
    resumePoint(session) {
      const pid = privateIds.get(session)
      const offset = JSON.parse(session.lastDelivery.slice(2)).at(-1)
      return JSON.stringify({ pid, offset })
    },
    async resume(session, _channel, point) {
      await session.control('0{')
      session.client.send(`40${point}`)
      const greeting = JSON.parse((await session.control('40{')).slice(2))
      privateIds.set(session, greeting.pid)
    },
  }
}
