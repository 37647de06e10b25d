import type { ChannelOptions } from '../channel/channel.ts'
import type { ChannelPart, ChannelParts, PartContext, PartName } from '../channel/channel-part.ts'
import type { PartMaker } from './parts.ts'

const NAMES: readonly PartName[] = ['presence', 'state', 'publishing', 'typing']

/** Makes the named parts of a channel. Accessing any other part throws. */
export function createBareParts(makers: readonly PartMaker[], channel: PartContext): ChannelParts {
  const made = Object.fromEntries(makers.map((maker) => [maker.name, maker.create(channel)]))
  const missing = NAMES.filter((name) => !Object.hasOwn(made, name))
  const parts = { ...made, options: createOptionGuard(missing) }
  for (const name of missing) {
    // Not enumerable, so that the channel does not notify it.
    Object.defineProperty(parts, name, {
      get: () => {
        throw createMissingError(name)
      },
    })
  }
  return parts as unknown as ChannelParts
}

/** Makes the part that refuses options that need a missing part. */
function createOptionGuard(missing: readonly PartName[]): ChannelPart {
  return {
    configure({ presence, state, initialState }: ChannelOptions): void {
      const needed: PartName[] = []
      if (presence) needed.push('presence')
      if (state || initialState) needed.push('state')
      const name = needed.find((part) => missing.includes(part))
      if (name) throw createMissingError(name)
    },
  }
}

function createMissingError(name: PartName): TypeError {
  return new TypeError(
    `${name}: not a part of this client; import { ${name} } from '@coterie/client/bare' and give it to createClient({ parts: [${name}] })`,
  )
}
