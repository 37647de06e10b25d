import { checkOption } from '@coterie/protocol'
import { isRecord } from '../connection/frame-reader.ts'
import type { Signal } from '../signals/signal.ts'
import {
  createSharedDocument,
  initialValues,
  type ListName,
  type SharedDocument,
} from '../state/shared-document.ts'
import { checkRoomOptions } from './check-room-options.ts'
import { createNotMemberError } from './not-member.ts'
import type { WebSocketClient } from './websocket-client.ts'

/** The room and the initial value of a shared state. */
export interface UseSharedStateOptions<State extends object> {
  readonly client: WebSocketClient
  readonly room: string
  /** The state until it is changed; the first user to join provides it. */
  readonly initialState: State
}

/** State that all users of a room share. See `SharedDocument`; `onError` also reports refusals. */
export interface RoomState<State extends object> extends SharedDocument<State> {
  /** Number of own changes that the server has not answered yet. */
  readonly pending: Signal<number>
  /** Stops following and changing the state. Idempotent. */
  leave(): void
}

/**
 * Shares state with all users of a room. A change shows at once and is undone
 * when the server refuses it.
 *
 * @example
 * const board = useSharedState({ client, room: 'board-1', initialState: { title: '', strokes: [] } })
 * board.state.subscribe(({ title }) => console.log(title))
 * board.set('title', 'Plans')
 * board.list('strokes').insert({ id: crypto.randomUUID(), points: [] })
 */
export function useSharedState<State extends object>(
  options: UseSharedStateOptions<State>,
): RoomState<State> {
  checkRoomOptions('useSharedState', options)
  const { client, room, initialState } = options
  checkOption('initialState', initialState, isRecord(initialState), 'an object')
  const shared = client.room(room)
  const stay = shared.enter({ initialState: initialValues(initialState) })
  const document = createSharedDocument(shared.channel.state, initialState)
  let hasLeft = false
  const ask = (change: () => Promise<number>): Promise<number> =>
    shared.report(hasLeft ? Promise.reject(createNotMemberError()) : change())

  return {
    state: document.state,
    version: document.version,
    pending: shared.channel.state.pending,
    get: document.get,
    set: (name, value) => ask(() => document.set(name, value)),
    merge: (values) => ask(() => document.merge(values)),
    list<Name extends ListName<State>>(name: Name) {
      const list = document.list(name)
      const asking: typeof list = {
        items: list.items,
        insert: (item, index) => ask(() => list.insert(item, index)),
        update: (id, change) => ask(() => list.update(id, change)),
        move: (id, index) => ask(() => list.move(id, index)),
        remove: (id) => ask(() => list.remove(id)),
      }
      return asking
    },
    leave() {
      hasLeft = true
      stay.leave()
    },
  }
}
