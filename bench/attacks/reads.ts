import { type Attack, Attacker } from './attack.ts'

const CHANNEL = 'open:read'
const EVENTS = 9_000
const ASKED = 99

/** Read marks for ids that are not in a long log. */
export const reads: Attack = {
  async prepare(target) {
    let sent = 0
    while (sent < EVENTS) {
      const eve = await Attacker.connect(target)
      const frame = { type: 'publish', channel: CHANNEL, event: 'e', payload: 1 }
      await Promise.all(Array.from({ length: ASKED }, () => eve.ask(frame)))
      sent += ASKED
      eve.leave()
    }
  },
  async run(target) {
    const eve = await Attacker.connect(target)
    await eve.ask({ type: 'subscribe', channel: CHANNEL })
    for (let index = 0; index < ASKED - 2; index += 1) {
      await eve.ask({ type: 'read', channel: CHANNEL, event_id: `none-${index}` })
    }
    eve.leave()
  },
}
