import { RawStream } from '../sse/raw-stream.ts'
import type { Address, SentFrame, WayIn } from './way-in.ts'

/** Opens a stream of server-sent events, and posts frames beside it. */
export async function openStream({ url }: Address, token: string | undefined): Promise<WayIn> {
  const headers: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` }
  const stream = await RawStream.open(`${url}/events`, headers)
  const first = JSON.parse((await stream.next('connection')).data) as SentFrame
  const session = String(first.session)
  const read = (): SentFrame[] =>
    stream.blocks.map(({ event, data }) => ({
      ...(JSON.parse(data) as SentFrame),
      type: event ?? '',
    }))
  let asked = 0
  return {
    get frames() {
      return read()
    },
    session,
    connectionId: String(first.connection_id),
    get code() {
      const last = read().at(-1)
      return last?.type === 'close' ? Number(last.code) : 0
    },
    async ask(frame) {
      asked += 1
      const response = await fetch(`${url}/frames`, {
        method: 'POST',
        headers: { authorization: `Session ${session}`, 'content-type': 'application/json' },
        body: JSON.stringify([{ ...frame, id: `ask-${asked}` }]),
      })
      const answer = (await response.json()) as SentFrame[]
      return answer[0] ?? { type: 'error', code: `${response.status}` }
    },
  }
}
