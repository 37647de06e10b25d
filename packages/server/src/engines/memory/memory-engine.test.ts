import { engineConformance, type FakeClock, SeededRandom } from '@coterie/testing'
import { createMemoryEngine } from '../../storage/create-memory-engine.ts'
import { MemoryBackplane } from './memory-backplane.ts'
import { MemoryEngine } from './memory-engine.ts'

const random = () => new SeededRandom(1)

engineConformance('memory', (clock) => createMemoryEngine({ clock, random: random() }))
engineConformance('unguarded memory', (clock: FakeClock) => {
  const backplane = new MemoryBackplane(clock, random())
  return new MemoryEngine(backplane, 'node')
})
