import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { Address, SentFrame, WayIn } from './way-in.ts'

/** Opens a WebSocket as the user of a token. */
export async function openSocket({ url }: Address, token: string | undefined): Promise<WayIn> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers })
  onTestFinished(() => socket.terminate())
  const frames: SentFrame[] = []
  let code = 0
  const waiting: (() => void)[] = []
  const progress = (): void => {
    for (const resolve of waiting.splice(0)) resolve()
  }
  socket.on('message', (data) => {
    frames.push(JSON.parse(String(data)) as SentFrame)
    progress()
  })
  socket.on('close', (given) => {
    code = given
    progress()
  })
  socket.on('error', () => {})
  const until = async (isWanted: (frame: SentFrame) => boolean): Promise<SentFrame> => {
    for (;;) {
      const found = frames.find(isWanted)
      if (found) return found
      if (code !== 0) return { type: 'error', code: String(code) }
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
  const first = await until(({ type }) => type === 'connection')
  let asked = 0
  return {
    frames,
    session: String(first.session),
    connectionId: String(first.connection_id),
    get code() {
      return code
    },
    ask(frame) {
      asked += 1
      const id = `ask-${asked}`
      socket.send(JSON.stringify({ ...frame, id }))
      return until((each) => each.id === id && each.type !== 'event')
    },
  }
}
