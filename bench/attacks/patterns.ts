import { type Attack, Attacker } from './attack.ts'

const CONNECTIONS = 8
const PATTERNS = 230
const SEGMENTS = 90
const FIRST = 'open'
const PUBLISHES = 100
const NAME = [FIRST, ...Array.from({ length: SEGMENTS }, () => 'a')].join(':')

/** Patterns as long and as many as connections take, and events in a channel that they all match. */
export const patterns: Attack = {
  async run(target) {
    const all = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => Attacker.connect(target)),
    )
    await Promise.all(all.map((eve, connection) => listen(eve, connection)))
    const publisher = await Attacker.connect(target)
    const frame = { type: 'publish', channel: NAME, event: 'e', payload: 1 }
    await Promise.all(Array.from({ length: PUBLISHES - 1 }, () => publisher.ask(frame)))
    for (const eve of [...all, publisher]) eve.leave()
  },
}

// Which segments are wildcards, as the bits of a number: no two patterns are the same.
async function listen(eve: Attacker, connection: number): Promise<void> {
  for (let index = 0; index < PATTERNS; index += 1) {
    const bits = connection * PATTERNS + index
    const segments = Array.from({ length: SEGMENTS }, (_, at) =>
      at < 11 && (bits >> at) % 2 === 1 ? '*' : 'a',
    )
    await eve.ask({ type: 'subscribe', channel: [FIRST, ...segments.slice(0, -1), '*'].join(':') })
  }
}
