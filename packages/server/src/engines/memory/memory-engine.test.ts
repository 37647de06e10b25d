import { engineConformance, SeededRandom } from '@coterie/testing'
import { createMemoryEngine } from './memory-engine.ts'

engineConformance('memory', (clock) => createMemoryEngine({ clock, random: new SeededRandom(1) }))
