import { expect, it } from 'vitest'
import { createWorld, eventAt, joinReply } from '../scripted/scripted-world.ts'

const PATTERN = 'room:*'

/** An event of a channel, by the pattern. */
const patternEvent = (channel: string, position: string, pattern_position: string) =>
  eventAt(position, { channel, pattern: PATTERN, pattern_position })

const patternReply = (fields: Readonly<Record<string, unknown>> = {}) =>
  joinReply({ channel: PATTERN, position: 'p:0', ...fields })

/** A world in which a client has joined a pattern. */
async function createJoined(reply: object = patternReply()) {
  const world = createWorld()
  const channel = world.client.channel(PATTERN)
  const heard: string[] = []
  channel.onAny((event) => heard.push(`${event.channel} ${event.position}`))
  channel.onReset(({ reason }) => heard.push(`reset ${reason}`))
  channel.onGap((gap) => heard.push(`gap ${gap.channel} ${gap.next}`))
  void channel.subscribe()
  const socket = await world.connect()
  socket.reply(socket.take('subscribe'), reply)
  return { ...world, channel, socket, heard }
}

it('resumes a pattern from its own position, over all its channels', async () => {
  const { socket: first, comeBack, heard } = await createJoined()
  first.deliver(patternEvent('room:1', 'a:7', 'p:3'))
  first.deliver(patternEvent('room:2', 'b:2', 'p:9'))
  const { socket, subscribe } = await comeBack()
  expect(subscribe).toMatchObject({ channel: PATTERN, since: 'p:9' })
  // Live before the reply, and told again by it.
  socket.deliver(patternEvent('room:1', 'a:9', 'p:14'))
  socket.deliver(patternEvent('room:3', 'c:1', 'p:20'))
  const events = [
    patternEvent('room:2', 'b:2', 'p:9'),
    patternEvent('room:2', 'b:3', 'p:10'),
    patternEvent('room:1', 'a:8', 'p:12'),
    patternEvent('room:1', 'a:9', 'p:14'),
  ]
  socket.reply(subscribe, patternReply({ recovered: true, position: 'p:15', events }))
  expect(heard).toEqual([
    'room:1 a:7',
    'room:2 b:2',
    'room:2 b:3',
    'room:1 a:8',
    'room:1 a:9',
    'room:3 c:1',
  ])
  expect((await comeBack()).subscribe.since).toBe('p:20')
})

it('resumes from the position of the reply when nothing came', async () => {
  const { comeBack } = await createJoined(patternReply({ position: 'p:41' }))
  expect((await comeBack()).subscribe.since).toBe('p:41')
})

it.each(['unknown_epoch', 'trimmed', 'too_many'])(
  'starts a pattern afresh when what was missed cannot be had (%s)',
  async (reason) => {
    const { comeBack, channel, heard } = await createJoined()
    const { socket, subscribe } = await comeBack()
    socket.reply(subscribe, patternReply({ reason, position: 'q:5' }))
    socket.deliver(patternEvent('room:1', 'a:9', 'q:6'))
    expect(heard).toEqual([`reset ${reason}`, 'room:1 a:9'])
    expect(socket.has('history')).toBe(false)
    expect(channel.status()).toBe('joined')
    expect((await comeBack()).subscribe.since).toBe('q:6')
  },
)

it('starts without a word where the server gives patterns no positions', async () => {
  const { socket: first, comeBack, heard } = await createJoined(patternReply({ position: null }))
  first.deliver(eventAt('a:7', { pattern: PATTERN }))
  first.deliver(eventAt('b:2', { channel: 'room:2', pattern: PATTERN }))
  expect(heard).toEqual(['room:1 a:7', 'room:2 b:2'])
  expect((await comeBack()).subscribe).not.toHaveProperty('since')
})

it('joins channels by name before patterns', async () => {
  const { client, comeBack, socket: first } = await createJoined()
  void client.channel('room:1').subscribe()
  first.reply(first.take('subscribe'), joinReply())
  const { socket } = await comeBack()
  const order = socket.sent.filter(({ type }) => type === 'subscribe').map(({ channel }) => channel)
  expect(order).toEqual(['room:1', PATTERN])
})

it('tells of a gap in one channel without losing its own place', async () => {
  const { socket, comeBack, heard } = await createJoined()
  socket.deliver(patternEvent('room:1', 'p:7', 'p:3'))
  const gap = { type: 'gap', after: 'p:7', next: 'p:99', reason: 'too_slow' }
  socket.deliver({ ...gap, channel: 'room:1', pattern: PATTERN })
  expect(heard).toEqual(['room:1 p:7', 'gap room:1 p:99'])
  expect((await comeBack()).subscribe.since).toBe('p:3')
})

it('goes on behind a gap in the log of all that it matches', async () => {
  const { socket, comeBack, heard } = await createJoined()
  socket.deliver({ type: 'gap', channel: PATTERN, after: 'p:3', next: 'p:9', reason: 'trimmed' })
  expect(heard).toEqual(['gap room:* p:9'])
  expect((await comeBack()).subscribe.since).toBe('p:8')
})
