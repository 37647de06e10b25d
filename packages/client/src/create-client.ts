import type { ChannelContract } from '@coterie/protocol'
import type { Client } from './client.ts'
import { type ClientOptions, readClientOptions } from './client-options.ts'
import { resolveEndpoint } from './endpoint.ts'
import { completeEnvironment } from './platform.ts'
import { RealtimeClient } from './realtime-client.ts'

/**
 * Creates a client; `connect()` starts it.
 *
 * @throws {TypeError} naming the option that is wrong and what is allowed
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
  const settings = readClientOptions(options)
  const environment = completeEnvironment(options.environment)
  const url = resolveEndpoint(options.url, environment.origin)
  return new RealtimeClient(url, settings, environment) as Client as Client<Contracts>
}
