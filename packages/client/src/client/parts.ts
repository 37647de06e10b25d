import type { ChannelParts, PartContext, PartName } from '../channel/channel-part.ts'
import { ChannelPresence } from '../presence/channel-presence.ts'
import { ChannelPublishing } from '../publishing/channel-publishing.ts'
import { ChannelState } from '../state/channel-state.ts'
import { ChannelTyping } from '../typing/channel-typing.ts'

/** Makes one part for each channel of a client. */
export type PartMaker<Name extends PartName = PartName> = {
  readonly [Made in Name]: {
    readonly name: Made
    create(channel: PartContext): ChannelParts[Made]
  }
}[Name]

/** Publishing events: `channel.publish`. */
export const publishing: PartMaker<'publishing'> = {
  name: 'publishing',
  create: (channel) => new ChannelPublishing(channel),
}

/** Who is in a channel: `channel.presence`. */
export const presence: PartMaker<'presence'> = {
  name: 'presence',
  create: (channel) => new ChannelPresence(channel),
}

/** Values that all users of a channel share: `channel.state`. */
export const state: PartMaker<'state'> = {
  name: 'state',
  create: (channel) => new ChannelState(channel),
}

/** Who is typing in a channel: `channel.typing`. */
export const typing: PartMaker<'typing'> = {
  name: 'typing',
  create: (channel) => new ChannelTyping(channel),
}
