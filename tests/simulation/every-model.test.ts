import { expect, it } from 'vitest'
import { models } from './models/index.ts'
import { runSeed } from './runner/run-seed.ts'

/** Another number of schedules of each model than the small one of its own. */
const { COTERIE_SCHEDULES: asked } = process.env

const tested = models.filter(({ defaultSchedules }) => defaultSchedules > 0)

// No time ends them: how many there are decides how long it takes.
it.each(tested)('$name: $promise', { timeout: 0 }, async (model) => {
  const schedules = Number(asked ?? model.defaultSchedules)
  for (let seed = 1; seed <= schedules; seed += 1) {
    const failure = await runSeed(model, String(seed))
    const command = `npm run simulate -- ${model.name} --replay ${failure?.replay}`
    expect(failure?.faults ?? [], `${failure?.schedule}\n${command}`).toEqual([])
  }
})
