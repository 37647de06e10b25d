import type { ConnectionStatus, RealtimeError } from '@coterie/client'
import { problemWords } from './problem-words.ts'

/** What is known of the way to the server. */
export interface Situation {
  readonly status: ConnectionStatus
  readonly isJoined: boolean
  /** Why the board was not joined. */
  readonly refusal: RealtimeError | null
  readonly isOnline: boolean
  /** Changes that wait for the server. */
  readonly pending: number
}

/** How things stand with the server, in words. */
export interface Standing {
  readonly tone: 'good' | 'busy' | 'bad'
  /** One or two words, for the badge. */
  readonly label: string
  /** A sentence for the banner; empty when there is nothing to say. */
  readonly detail?: string
  readonly action?: { readonly label: string; readonly name: 'connect' | 'join' }
}

/** Says how things stand, and what could be done about it. */
export function readStanding(situation: Situation): Standing {
  const { status, isJoined, refusal, isOnline, pending } = situation
  if (status === 'disconnected') {
    const action = { label: 'Connect', name: 'connect' } as const
    return { tone: 'bad', label: 'Disconnected', detail: 'You are not connected.', action }
  }
  if (status === 'reconnecting') {
    const detail = isOnline ? 'Connection lost. Reconnecting…' : 'You are offline.'
    return {
      tone: 'busy',
      label: isOnline ? 'Reconnecting' : 'Offline',
      detail: `${detail} ${waitingWords(pending)}`,
    }
  }
  if (status === 'connecting') return { tone: 'busy', label: 'Connecting', detail: 'Connecting…' }
  if (isJoined) return { tone: 'good', label: 'Connected' }
  if (refusal) {
    const action = { label: 'Try again', name: 'join' } as const
    return { tone: 'bad', label: 'Not joined', detail: problemWords(refusal), action }
  }
  return { tone: 'busy', label: 'Joining', detail: 'Joining the board…' }
}

function waitingWords(pending: number): string {
  if (pending === 0) return 'What you draw is sent later.'
  return pending === 1 ? 'One change waits.' : `${pending} changes wait.`
}
