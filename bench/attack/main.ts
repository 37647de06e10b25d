import { answerCommands } from '../process/answer-commands.ts'
import { guessPasswords } from './password-guesses.ts'
import type { AttackKind, AttackOutcome, AttackPlan } from './plan.ts'
import { crowdRoom } from './room-crowd.ts'
import { sendSessionBodies } from './session-bodies.ts'
import { sendStrangerFrames } from './stranger-frames.ts'

/** What an attacking process can be asked. */
export interface AttackCommands {
  /** Attacks, and resolves when it is over. */
  attack(plan: AttackPlan): Promise<AttackOutcome>
}

const ATTACKS: Readonly<Record<AttackKind, (plan: AttackPlan) => Promise<AttackOutcome>>> = {
  'session-bodies': sendSessionBodies,
  'stranger-frames': sendStrangerFrames,
  'password-guesses': guessPasswords,
  'room-crowd': crowdRoom,
}

answerCommands<AttackCommands>({
  attack: (plan) => ATTACKS[plan.kind](plan),
})
