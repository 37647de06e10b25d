import { type ChannelContract, checkOption, checkOptionsObject } from '@coterie/protocol'
import type { PartContext } from '../channel/channel-part.ts'
import type { ClientOptions } from '../connection/client-options.ts'
import { assembleClient } from './assemble-client.ts'
import { createBareParts } from './bare-parts.ts'
import type { Client } from './client.ts'
import type { PartMaker } from './parts.ts'

/** The options of a client whose channels have only the given parts. */
export interface BareClientOptions<
  Contracts extends readonly ChannelContract[] = readonly ChannelContract[],
> extends ClientOptions<Contracts> {
  /** What channels can do besides joining, receiving events and reading their log. @default [] */
  readonly parts?: readonly PartMaker[]
}

/**
 * Creates a client whose channels have only the given parts, so that a page
 * loads only the code that it uses; `connect()` starts it.
 *
 * @throws {TypeError} naming the invalid option and its valid values; a
 * missing part is named by the first call that needs it
 * @example
 * const client = createClient({ url: 'http://localhost:8080', parts: [presence] })
 */
export function createBareClient<
  const Contracts extends readonly ChannelContract[] = readonly ChannelContract[],
>(options: BareClientOptions<Contracts> = {}): Client<Contracts> {
  checkOptionsObject('options', options)
  const { parts = [], ...others } = options
  const areParts = Array.isArray(parts) && parts.every((part) => typeof part?.create === 'function')
  checkOption('parts', parts, areParts, 'a list of parts such as [presence, publishing]')
  const createParts = (channel: PartContext) => createBareParts(parts, channel)
  return assembleClient(others, createParts) as Client<Contracts>
}
