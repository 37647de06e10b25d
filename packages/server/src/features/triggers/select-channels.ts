import {
  type ChannelContract,
  ChannelTemplate,
  canonicalChannel,
  isChannelContract,
  isChannelPattern,
} from '@coterie/protocol'
import type { ChannelSelector } from './registered-trigger.ts'

const NO_PARAMS = Object.freeze({})

/**
 * Reads which channels are meant by a name, pattern, template or contract.
 *
 * @param contracts those whose schemas the hub checks
 * @throws {TypeError} saying what is wrong
 */
export function selectChannels(
  channels: string | ChannelContract,
  contracts: readonly ChannelContract[],
): ChannelSelector {
  if (isChannelContract(channels)) {
    if (!contracts.includes(channels)) {
      throw new TypeError(
        `${channels.template}: the hub does not check what this contract says; give it to the hub in "contracts"`,
      )
    }
    return selectorOf(channels)
  }
  if (typeof channels !== 'string') {
    throw new TypeError(`${channels}: expected a pattern, a template or a contract`)
  }
  if (/[{}]/.test(channels)) return selectorOf(new ChannelTemplate(channels))
  const pattern = canonicalChannel(channels)
  if (isChannelPattern(pattern)) return { pattern, params: () => NO_PARAMS }
  throw new TypeError(
    `${JSON.stringify(channels)}: expected a channel, a pattern such as "room:*", or a template such as "room:{id}"`,
  )
}

function selectorOf(template: Pick<ChannelContract, 'pattern' | 'params'>): ChannelSelector {
  const { pattern } = template
  return { pattern, params: (channel) => template.params(channel) ?? NO_PARAMS }
}
