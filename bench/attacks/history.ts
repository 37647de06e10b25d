import { type Attack, Attacker } from './attack.ts'

const CHANNEL = 'open:long'
/** What a frame holds beside its other fields. */
const LONG = 'x'.repeat(60_000)
const EVENTS = 18
const CONNECTIONS = 4
/** As many as a connection may send at once. */
const ASKED = 100

/** Short questions for a log whose pages are as long as pages may be, over several connections. */
export const history: Attack = {
  async prepare(target) {
    const eve = await Attacker.connect(target)
    for (let index = 0; index < EVENTS; index += 1) {
      await eve.ask({ type: 'publish', channel: CHANNEL, event: 'e', payload: LONG })
    }
    eve.leave()
  },
  async run(target) {
    const all = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => Attacker.connect(target)),
    )
    const ask = (eve: Attacker) =>
      Promise.all(
        Array.from({ length: ASKED - 1 }, () =>
          eve.ask({ type: 'history', channel: CHANNEL, limit: 1_000 }),
        ),
      )
    await Promise.all(all.map(ask))
    for (const eve of all) eve.leave()
  },
}
