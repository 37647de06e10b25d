import { type Attack, Attacker, callAs } from './attack.ts'

const FILTERS = 300
const CONDITIONS = 62
const TOPIC = 'open:posts'
/** Numbers that fill a frame. */
const LONG_LIST = Array.from({ length: 31_000 }, () => 1)
const EVENTS = 3

/** Very many stored filters with very many conditions each, and events as long as they may be. */
export const filters: Attack = {
  async prepare(target) {
    for (let index = 0; index < FILTERS; index += 1) {
      const conditions = Array.from({ length: CONDITIONS }, (_, condition) => ({
        [`list.${index}-${condition}`]: { $gt: condition + 2 },
        list: { $gt: condition + 2 },
      })).slice(0, CONDITIONS / 2)
      const body = { topic: TOPIC, payload_filter: { $or: conditions } }
      await callAs('eve', target, 'subscriptions/topic', body)
    }
  },
  async run(target) {
    const eve = await Attacker.connect(target)
    const event = { type: 'publish', channel: TOPIC, event: 'e', payload: { list: LONG_LIST } }
    await Promise.all(Array.from({ length: EVENTS }, () => eve.ask(event)))
    eve.leave()
  },
}
