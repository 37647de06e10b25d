import { expect, it } from 'vitest'
import { createRefusalFigures } from '../../core/limits/refusal-figures.ts'
import { HashQueue } from './hash-queue.ts'

/** A queue whose hashes end when they are told to. */
function setUp(concurrent: number) {
  const figures = createRefusalFigures()
  const queue = new HashQueue(concurrent, figures)
  const started: string[] = []
  const ends: (() => void)[] = []
  const hash = (name: string) => (): Promise<string> => {
    started.push(name)
    return new Promise((resolve) => ends.push(() => resolve(name)))
  }
  const endOne = async (): Promise<void> => {
    ends.shift()?.()
    // Two turns of promises: of the hash, and of what follows it.
    for (let n = 0; n < 4; n += 1) await Promise.resolve()
  }
  return { queue, figures, started, hash, endOne }
}

it('takes turns among those who ask', async () => {
  const { queue, started, hash, endOne } = setUp(1)
  for (const name of ['eve 1', 'eve 2', 'eve 3']) void queue.run('eve', hash(name))
  void queue.run('ada', hash('ada 1'))
  void queue.runOwn(hash('own'))
  for (let n = 0; n < 5; n += 1) await endOne()
  expect(started).toEqual(['eve 1', 'eve 2', 'ada 1', 'own', 'eve 3'])
})

it('lets one wait with 16 and all with 32, and the application with any number', async () => {
  const { queue, figures, started, hash, endOne } = setUp(2)
  const refused: string[] = []
  for (const owner of ['eve', 'mallory', 'ada']) {
    for (let n = 0; n < 20; n += 1) {
      void queue.run(owner, hash(owner)).then((result) => {
        if (!result.ok) refused.push(`${owner} ${result.error.code}`)
      })
    }
  }
  for (let n = 0; n < 50; n += 1) void queue.runOwn(hash('own'))
  await endOne()
  expect(started).toHaveLength(3)
  const countOf = (owner: string) =>
    refused.filter((each) => each === `${owner} unavailable`).length
  expect([countOf('eve'), countOf('mallory'), countOf('ada')]).toEqual([2, 4, 20])
  expect(figures.passwordHashes).toBe(26)
})

it('goes on after a hash that fails', async () => {
  const { queue, hash, started } = setUp(1)
  const failing = queue.run('eve', () => Promise.reject(new Error('no memory')))
  void queue.run('eve', hash('next'))
  await expect(failing).rejects.toThrow('no memory')
  await Promise.resolve()
  expect(started).toEqual(['next'])
})
