import type { Connection } from '../connection.ts'
import type { Feature } from '../feature.ts'
import { addressGroup } from './address-group.ts'

/** A place of an address, for one anonymous user while it is connected. */
interface Place {
  readonly group: string
  readonly number: number
  readonly userId: string
  /** To what the user's doings are charged. */
  readonly account: string
  readonly connections: Set<Connection>
}

interface Places {
  readonly byUser: Map<string, Place>
  /** Places that were left, the last one last. */
  readonly left: number[]
  count: number
}

/**
 * Says to what the doings of a user are charged: to the user, or to a place of
 * the address where nobody vouched for the user.
 *
 * An anonymous user can be another one with every connection, but all who sit
 * behind an address may come at once. So each of them has a place there while
 * it is connected, and whoever comes next takes the place that was left last,
 * with what was used up of it: coming back brings no more.
 */
export class GuestPlaces implements Pick<Feature, 'onEnded'> {
  readonly #byGroup = new Map<string, Places>()
  readonly #placeOf = new WeakMap<Connection, Place>()

  /** Addresses with anonymous users. */
  get size(): number {
    return this.#byGroup.size
  }

  /** Names the account of whoever is behind a connection; empty while nobody is. */
  accountOf(connection: Connection): string {
    const { principal, transport } = connection
    if (!principal) return ''
    const { userId } = principal
    // Behind an address that nobody knows anybody may be.
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
    // Who has ended already gives it back at once.
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
