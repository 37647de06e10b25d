import type { Err, RealtimeError } from '@coterie/protocol'
import { accountOf, accountOfAddress, accountOfUser } from '../../core/limits/account.ts'
import { addressGroup } from '../../core/limits/address-group.ts'
import type { Limits } from '../../core/limits/limits.ts'
import type { RateLimiter } from '../../core/limits/rate-limiter.ts'

/** The user who tries a password. */
export interface Guesser {
  readonly userId: string
  readonly isAnonymous: boolean
  /** Empty if the address is unknown. */
  readonly address: string
}

/** Bounds wrong passwords: of one room, of all rooms by one user, and by one address. */
export class PasswordGuesses {
  readonly #limits: Pick<Limits, 'roomPasswords' | 'passwords' | 'addressPasswords'>

  constructor(limits: Pick<Limits, 'roomPasswords' | 'passwords' | 'addressPasswords'>) {
    this.#limits = limits
  }

  /** Refuses where there were too many, and counts nothing. */
  check(roomId: string, guesser: Guesser): Err<RealtimeError> | undefined {
    for (const [limiter, key] of this.#bounds(roomId, guesser)) {
      const refusal = limiter.check(key)
      if (refusal) return refusal
    }
    return undefined
  }

  /** Counts one; refuses where there were too many, and then counts none. */
  take(roomId: string, guesser: Guesser): Err<RealtimeError> | undefined {
    const refusal = this.check(roomId, guesser)
    if (refusal) return refusal
    for (const [limiter, key] of this.#bounds(roomId, guesser)) limiter.spend(key)
    return undefined
  }

  /** Gives back one that was counted and was not wrong. */
  putBack(roomId: string, guesser: Guesser): void {
    for (const [limiter, key] of this.#bounds(roomId, guesser)) limiter.putBack(key)
  }

  #bounds(roomId: string, guesser: Guesser): [RateLimiter, string][] {
    const { roomPasswords, passwords, addressPasswords } = this.#limits
    const name = accountOf(guesser, guesser.address, accountOfUser(guesser.userId))
    const bounds: [RateLimiter, string][] = [
      [roomPasswords, JSON.stringify([roomId, name])],
      [passwords, name],
    ]
    if (guesser.address !== '') bounds.push([addressPasswords, addressGroup(guesser.address)])
    return bounds
  }
}

/** Names who asks for a hash: an address, behind which there may be many users. */
export function ownerOf({ address, userId }: Guesser): string {
  return address === '' ? accountOfUser(userId) : accountOfAddress(address)
}
