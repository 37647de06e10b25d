import type { ChannelParts, PartContext } from '../channel/channel-part.ts'
import { type ClientOptions, readClientOptions } from '../connection/client-options.ts'
import { resolveEndpoint } from '../connection/endpoint.ts'
import { completeEnvironment } from '../connection/platform.ts'
import type { Client } from './client.ts'
import { RealtimeClient } from './realtime-client.ts'

/** Makes a client whose channels have these parts. @throws {TypeError} naming an invalid option */
export function assembleClient(
  options: ClientOptions,
  createParts: (channel: PartContext) => ChannelParts,
): Client {
  const settings = readClientOptions(options)
  const environment = completeEnvironment(options.environment)
  const url = resolveEndpoint(options.url, environment.origin)
  return new RealtimeClient(url, settings, environment, createParts)
}
