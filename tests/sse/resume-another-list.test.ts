import type { HubOptions } from '@coterie/server'
import { expect, it } from 'vitest'
import { RawStream } from './raw-stream.ts'
import { bearer, publish, startStreamingHub } from './streaming-hub.ts'

const AS_ADA = bearer('ada')
const channels = {
  'room:*': { history: true },
  'plain:*': {},
} as const satisfies HubOptions['channels']

/** A stream of some channels that was left, and what was missed in two rooms since. */
async function leave(list: string) {
  const { url } = await startStreamingHub({ channels })
  for (const room of ['room:1', 'room:2']) await publish(url, room, `${room} seen`)
  const stream = await RawStream.open(`${url}/events?channels=${list}`, AS_ADA)
  const { id = '' } = await stream.next('connection')
  stream.close()
  for (const room of ['room:1', 'room:2']) await publish(url, room, `${room} missed`)
  const comeBack = async (channelList: string, query: string, header?: string) => {
    const address = `${url}/events?channels=${channelList}${query}`
    const headers = { ...AS_ADA, ...(header !== undefined && { 'Last-Event-ID': header }) }
    const resumed = await RawStream.open(address, headers)
    await resumed.next('connection')
    for (const room of channelList.split(',')) await publish(url, room, `${room} live`)
    const isLive = ({ data }: { data: string }) => data.includes(' live"')
    await resumed.until(
      ({ blocks }) => blocks.filter(isLive).length === channelList.split(',').length,
    )
    return resumed.blocks.flatMap(({ event, data }) => {
      const { channel, payload, reason } = JSON.parse(data)
      return event === 'event' ? [payload] : event === 'gap' ? [`${channel} ${reason}`] : []
    })
  }
  return { id, comeBack }
}

const missedAndLive = ['room:1 live', 'room:1 missed']

it.each(['room:1,plain:1', 'plain:1,room:1', 'room:1'])(
  'brings what was missed where the id was made for the same channels in another order or number: %s',
  async (list) => {
    const { id, comeBack } = await leave('plain:1,room:1')
    expect(id).toMatch(/^-,[\w-]+:1$/)
    const heard = await comeBack(list, '', id)
    expect(heard.filter((each) => each.startsWith('room:1')).sort()).toEqual(missedAndLive)
  },
)

it('tells of a gap on a channel that the id says nothing of, and resumes the other', async () => {
  const { id, comeBack } = await leave('plain:1,room:1')
  expect((await comeBack('room:1,room:2', '', id)).sort()).toEqual([
    ...missedAndLive,
    'room:2 live',
    'room:2 unknown_epoch',
  ])
})

it('tells of a gap where all that the id knows is another channel', async () => {
  const { id, comeBack } = await leave('room:1')
  expect((await comeBack('room:2', '', id)).sort()).toEqual(['room:2 live', 'room:2 unknown_epoch'])
  expect((await comeBack('room:2', '', '-')).sort()).toEqual([
    'room:2 live',
    'room:2 unknown_epoch',
  ])
})

it.each(['since', 'lastEventId', 'last_event_id', 'Last-Event-ID', 'lastEventID', 'last-event-id'])(
  'resumes by ?%s=, for those who cannot send the header',
  async (name) => {
    const { id, comeBack } = await leave('room:1')
    expect((await comeBack('room:1', `&${name}=${id}`)).sort()).toEqual(missedAndLive)
  },
)

it('believes the header rather than the address of the first request, and takes no empty id', async () => {
  const { id, comeBack } = await leave('room:1')
  const old = id.replace(/:\d+$/, ':0')
  expect((await comeBack('room:1', `&lastEventId=${old}`, id)).sort()).toEqual(missedAndLive)
  expect(await comeBack('room:1', '&lastEventId=')).toEqual(['room:1 live'])
})
