import type { Result } from '@coterie/protocol'
import type { Connection } from './connection.ts'
import type { Outcome } from './feature.ts'
import type { Publication } from './publisher.ts'

/** Decides what becomes of the events of clients before they are appended. */
export interface PublicationGuard {
  /**
   * Publishes an event of a client its own way; undefined where it does not
   * concern itself with the event, which is then published as it is.
   *
   * @param recheck tells whether the client may publish still
   */
  publish(
    connection: Connection,
    publication: Publication,
    recheck: () => Result<unknown>,
  ): Promise<Outcome> | undefined
}
