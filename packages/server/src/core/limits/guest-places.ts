import type { Connection } from '../connection.ts'
import type { Feature } from '../feature.ts'
import { addressGroup } from './address-group.ts'

/** A slot of an address, used by one anonymous user while connected. */
interface Place {
  readonly group: string
  readonly number: number
  readonly userId: string
  /** The account that the user's actions are charged to. */
  readonly account: string
  readonly connections: Set<Connection>
}

interface Places {
  readonly byUser: Map<string, Place>
  /** Numbers of the free slots; the last one freed comes last. */
  readonly left: number[]
  count: number
}

/**
 * Chooses the account of a user's actions: the user's own, or a slot of the
 * address for an anonymous user.
 *
 * An anonymous user can change its id with every connection, but many users may
 * share an address. So each of them has a slot while connected. The next one to
 * connect takes the slot that was freed last, with its used budget: reconnecting
 * gains nothing.
 */
export class GuestPlaces implements Pick<Feature, 'onEnded'> {
  readonly #byGroup = new Map<string, Places>()
  readonly #placeOf = new WeakMap<Connection, Place>()

  /** Addresses with anonymous users. */
  get size(): number {
    return this.#byGroup.size
  }

  /** Names the account of a connection's user; empty before the user is known. */
  accountOf(connection: Connection): string {
    const { principal, transport } = connection
    if (!principal) return ''
    const { userId } = principal
    // An unknown address may belong to anybody.
    if (!principal.isAnonymous || transport.remoteAddress === '') return userId
    const known = this.#placeOf.get(connection)
    if (known?.userId === userId) return known.account
    this.onEnded(connection)
    return this.#take(connection, addressGroup(transport.remoteAddress), userId).account
  }

  onEnded(connection: Connection): void {
    const place = this.#placeOf.get(connection)
    if (!place) return
    this.#placeOf.delete(connection)
    place.connections.delete(connection)
    if (place.connections.size > 0) return
    const places = this.#byGroup.get(place.group)
    places?.byUser.delete(place.userId)
    places?.left.push(place.number)
    if (places?.byUser.size === 0) this.#byGroup.delete(place.group)
  }

  #take(connection: Connection, group: string, userId: string): Place {
    const places = this.#byGroup.get(group) ?? { byUser: new Map(), left: [], count: 0 }
    this.#byGroup.set(group, places)
    const place = places.byUser.get(userId) ?? newPlace(places, group, userId)
    place.connections.add(connection)
    places.byUser.set(userId, place)
    // A connection that has ended already frees the slot at once.
    this.#placeOf.set(connection, place)
    if (connection.stage === 'disconnected') this.onEnded(connection)
    return place
  }
}

function newPlace(places: Places, group: string, userId: string): Place {
  const number = places.left.pop() ?? places.count++
  const account = `guest ${number} of ${group}`
  return { group, number, userId, account, connections: new Set() }
}
