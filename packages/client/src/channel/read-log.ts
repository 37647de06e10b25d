import type { HistoryReply } from '@coterie/protocol'
import { ask } from './ask.ts'
import { readHistoryReply } from './catch-up.ts'
import type { HistoryQuery } from './channel.ts'
import type { ChannelHost } from './channel-host.ts'

/** Reads a part of a channel's log. */
export function readLog(
  host: ChannelHost,
  channel: string,
  query: HistoryQuery,
): Promise<HistoryReply> {
  return ask(host, { type: 'history', channel, ...query }, readHistoryReply)
}
