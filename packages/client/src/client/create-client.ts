import type { ChannelContract } from '@coterie/protocol'
import type { ChannelParts, PartContext } from '../channel/channel-part.ts'
import type { ClientOptions } from '../connection/client-options.ts'
import { ChannelPresence } from '../presence/channel-presence.ts'
import { ChannelPublishing } from '../publishing/channel-publishing.ts'
import { ChannelState } from '../state/channel-state.ts'
import { ChannelTyping } from '../typing/channel-typing.ts'
import { assembleClient } from './assemble-client.ts'
import type { Client } from './client.ts'

/**
 * Creates a client; `connect()` starts it.
 *
 * @throws {TypeError} naming the invalid option and its valid values
 * @example
 * const client = createClient({ url: 'http://localhost:8080' })
 * const room = client.channel('room:1', { presence: true })
 * room.on('message', ({ payload }) => console.log(payload))
 * client.connect()
 * await room.subscribe()
 * await room.publish('message', { text: 'hello' })
 */
export function createClient<
  const Contracts extends readonly ChannelContract[] = readonly ChannelContract[],
>(options: ClientOptions<Contracts> = {}): Client<Contracts> {
  return assembleClient(options, createAllParts) as Client<Contracts>
}

function createAllParts(channel: PartContext): ChannelParts {
  return {
    presence: new ChannelPresence(channel),
    state: new ChannelState(channel),
    publishing: new ChannelPublishing(channel),
    typing: new ChannelTyping(channel),
  }
}
