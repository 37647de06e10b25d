import type { Dialect } from './dialect.ts'

const ACK = Buffer.from('{"id":')

/** The dialect of the servers that are made of `ws` alone. */
export function bareDialect(): Dialect {
  return {
    path: '/',
    async open() {},
    async subscribe(session, channels) {
      session.client.send(JSON.stringify({ join: channels }))
      await session.control('{"joined"')
    },
    publish: (id, channel, payload) =>
      `{"id":"${id}","channel":"${channel}","payload":"${payload}"}`,
    isAck: (data, start) => data.compare(ACK, 0, ACK.length, start, start + ACK.length) === 0,
    isRefusal: () => false,
    answerToPing: () => undefined,
  }
}
