import type { Channel, Client } from '@coterie/client'
import { expect, it } from 'vitest'
import { SpawnedServer } from '../reliability/spawned-server.ts'
import { judge } from '../simulation/delivery-oracle.ts'
import { becomes, Conversation, connectUser } from './client-user.ts'
import { TcpRelay } from './tcp-relay.ts'

const ROOM = 'room:1'
const config = {
  channels: { 'room:*': { history: { size: 1_000 }, presence: true } },
  presence: { graceMs: 10_000 },
}

interface Member {
  readonly client: Client
  readonly channel: Channel
}

/** A server, a relay before it, Ada behind the relay, and Bob beside it. */
async function createScene({ blocksUpgrades }: { blocksUpgrades: boolean }) {
  const server = await SpawnedServer.start(config)
  const relay = (await TcpRelay.start()).leadTo(server.url)
  relay.blocksUpgrades = blocksUpgrades
  const join = async (url: string, name: string): Promise<Member> => {
    const client = connectUser(url, await server.token(name))
    const channel = client.channel(ROOM, { presence: true })
    await channel.subscribe()
    return { client, channel }
  }
  const [ada, bob] = await Promise.all([join(relay.url, 'ada'), join(server.url, 'bob')])
  const conversation = new Conversation()
  conversation.listen(ada.channel)
  return { server, relay, ada, bob, conversation }
}

const connectedBy = (member: Member, transport: string): Promise<void> =>
  becomes(member.client.transport, (current) => current === transport)

it('falls back to SSE where WebSockets are blocked, and nobody sees a difference', async () => {
  const { relay, ada, bob, conversation } = await createScene({ blocksUpgrades: true })
  expect([ada.client.transport(), bob.client.transport()]).toEqual(['sse', 'websocket'])
  expect(relay.blockedUpgrades).toBe(1)
  expect(ada.client.userId()).toBe('ada')

  await Promise.all([
    conversation.publish(ada.channel, 'ada', 20),
    conversation.publish(bob.channel, 'bob', 20),
  ])
  await conversation.reached(40)
  expect(judge(await conversation.evidence(ada.channel))).toEqual([])

  const present = (entry: Member, count: number) =>
    becomes(entry.channel.presence.members, (members) => members.length === count)
  await Promise.all([present(ada, 2), present(bob, 2)])
  await ada.channel.presence.update({ status: 'away' })
  await becomes(bob.channel.presence.others, ([other]) => other?.status === 'away')
  for (const [one, other] of [
    [ada, bob],
    [bob, ada],
  ] as const) {
    one.channel.typing.start()
    await becomes(other.channel.typing.users, (users) => users.length === 1)
    one.channel.typing.stop()
    await becomes(other.channel.typing.users, (users) => users.length === 0)
  }
  await ada.channel.unsubscribe()
  await present(bob, 1)
})

it('resumes over SSE what began over a WebSocket, and again when that is cut', async () => {
  const { relay, ada, bob, conversation } = await createScene({ blocksUpgrades: false })
  expect(ada.client.transport()).toBe('websocket')
  let isOver = false
  let published = 0
  const publishing = (async () => {
    for (; !isOver; published += 5) await conversation.publish(bob.channel, `bob-${published}`, 5)
  })()

  await conversation.reached(10)
  relay.blocksUpgrades = true
  relay.cut()
  await becomes(ada.client.status, (status) => status === 'reconnecting')
  const own = conversation.publish(ada.channel, 'while away', 5)
  await connectedBy(ada, 'sse')
  await own
  for (let cut = 0; cut < 2; cut += 1) {
    await conversation.reached(published + 5)
    relay.cut()
    await becomes(ada.client.status, (status) => status === 'reconnecting')
    await connectedBy(ada, 'sse')
  }
  isOver = true
  await publishing
  await conversation.reached(published + 5)
  expect(judge(await conversation.evidence(bob.channel))).toEqual([])
})

it('resumes over SSE when the server itself was killed', async () => {
  const { server, ada, bob, conversation } = await createScene({ blocksUpgrades: true })
  await conversation.publish(ada.channel, 'before', 10)
  await server.kill()
  const published = Promise.all([
    conversation.publish(ada.channel, 'ada', 20),
    conversation.publish(bob.channel, 'bob', 20),
  ])
  await server.start()
  await published
  await conversation.reached(50)
  expect(ada.client.transport()).toBe('sse')
  expect(judge(await conversation.evidence(bob.channel))).toEqual([])
})
