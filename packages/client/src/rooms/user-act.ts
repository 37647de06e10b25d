import type { ChannelFrame } from '../channel/channel-frame.ts'
import { AWARENESS_EVENT } from '../yjs/awareness-event.ts'
import { isSnapshotKey } from '../yjs/snapshot-keys.ts'

/** Tells whether a frame shows an act of its user, not an editor's renewal or save. */
export function isUserAct(frame: ChannelFrame): boolean {
  if (frame.type === 'event') return frame.event !== AWARENESS_EVENT
  if (frame.type !== 'state') return true
  const keys = [...Object.keys(frame.set), ...frame.delete]
  return keys.length === 0 || !keys.every(isSnapshotKey)
}
