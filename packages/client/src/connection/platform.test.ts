import { expect, it } from 'vitest'
import type { ClientEnvironment } from './environment.ts'
import { completeEnvironment } from './platform.ts'

it('takes an environment whose methods are inherited', () => {
  class Fixed implements Partial<ClientEnvironment> {
    readonly #value = 0.25
    random(): number {
      return this.#value
    }
  }
  expect(completeEnvironment(new Fixed()).random()).toBe(0.25)
})
