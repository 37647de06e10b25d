import type { Channel, Client } from '@coterie/client'

/** How things stand with the server, in words. */
export interface Standing {
  readonly tone: 'good' | 'busy' | 'bad'
  /** One or two words, for the badge. */
  readonly label: string
  /** A sentence for the banner; empty when there is nothing to say. */
  readonly detail?: string
  readonly action?: { readonly label: string; run(): void }
}

/** Says how client and room stand, and what could be done about it. */
export function readStanding(client: Client, room: Channel, nowMs: number): Standing {
  switch (client.status()) {
    case 'idle':
    case 'connecting':
      return { tone: 'busy', label: 'Connecting', detail: 'Connecting…' }
    case 'connected':
      return readRoomStanding(room)
    case 'reconnecting':
      return {
        tone: 'busy',
        label: navigator.onLine ? 'Reconnecting' : 'Offline',
        detail: waitLabel(client.retryAt(), nowMs),
        action: { label: 'Try now', run: () => client.reconnectNow() },
      }
    case 'disconnected':
      return {
        tone: 'bad',
        label: 'Disconnected',
        detail: 'You are not connected.',
        action: { label: 'Connect', run: () => client.connect() },
      }
    case 'refused':
      return {
        tone: 'bad',
        label: 'Refused',
        detail: `The server said no: ${client.error()?.message ?? 'without a reason'}.`,
        action: { label: 'Try again', run: () => client.connect() },
      }
  }
}

function readRoomStanding(room: Channel): Standing {
  switch (room.status()) {
    case 'joined':
      return { tone: 'good', label: 'Connected' }
    case 'refused':
      return {
        tone: 'bad',
        label: 'Not joined',
        detail: `You are not in this room: ${room.error()?.message ?? 'the server said no'}.`,
        action: { label: 'Try again', run: () => void room.subscribe() },
      }
    default:
      return { tone: 'busy', label: 'Joining', detail: 'Joining the room…' }
  }
}

function waitLabel(retryAt: number | null, nowMs: number): string {
  if (!navigator.onLine) return 'You are offline. What you write is sent later.'
  if (retryAt === null) return 'Connection lost. Reconnecting…'
  const seconds = Math.max(1, Math.ceil((retryAt - nowMs) / 1_000))
  return `Connection lost. Reconnecting in ${seconds} s`
}
