import { type Attack, Attacker } from './attack.ts'

const CONNECTIONS = 50
/** As many as a connection may send at once. */
const FRAMES = 99

/** Bursts of events in channels that nobody has named before, over very many connections. */
export const names: Attack = {
  async run(target) {
    const all = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => Attacker.connect(target)),
    )
    await Promise.all(
      all.flatMap((eve, connection) =>
        Array.from({ length: FRAMES }, (_, index) => {
          const channel = `open:new-${connection}-${index}`
          return eve.ask({ type: 'publish', channel, event: 'e', payload: 1, message_id: 'm' })
        }),
      ),
    )
    for (const eve of all) eve.leave()
  },
}
