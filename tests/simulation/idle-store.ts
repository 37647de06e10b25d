import { createSqliteStore } from '@coterie/server'
import type { Store } from '@coterie/server/store'
import { shareStore } from '@coterie/testing'

type Method = (...args: unknown[]) => unknown

/**
 * A store for worlds in which nothing is stored: making one for each would cost more than the world.
 *
 * What an empty store answers it answers always, so each question is asked once.
 *
 * @throws {Error} from whatever would store something
 */
export const idleStore: Store = answeredOnce(shareStore(createSqliteStore({ path: ':memory:' })))

function answeredOnce<Part extends object>(part: Part): Part {
  const answers = new Map<string | symbol, unknown>()
  return new Proxy(part, {
    get(target, name) {
      const known = answers.get(name)
      if (known !== undefined) return known
      const value: unknown = Reflect.get(target, name)
      const answer =
        typeof value === 'function'
          ? once(value.bind(target) as Method, String(name))
          : answeredOnce(value as object)
      answers.set(name, answer)
      return answer
    },
  })
}

function once(ask: Method, name: string): Method {
  let answer: unknown
  return (...args) => {
    if (name === 'create' || name === 'put') throw new Error(`${name}: nothing is stored here`)
    answer ??= ask(...args)
    return answer
  }
}
