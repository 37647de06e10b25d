import { ok, type Result } from '@coterie/protocol'
import type { Feature } from '../../core/feature.ts'
import type { Membership } from '../../core/membership.ts'
import type { EphemeralOutlet } from './ephemeral-outlet.ts'

/** Lets connections hear what a backend brings of the channels that they are in. */
export class BackendMembers implements Feature {
  readonly #outlet: EphemeralOutlet

  constructor(outlet: EphemeralOutlet) {
    this.#outlet = outlet
  }

  async onJoin({ channel, isPattern }: Membership): Promise<Result<undefined>> {
    if (!isPattern) await this.#outlet.hearForMember(channel)
    return ok(undefined)
  }

  onLeave({ channel }: Membership): void {
    void this.#outlet.dropUnheard(channel)
  }
}
