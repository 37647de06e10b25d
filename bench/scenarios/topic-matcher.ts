import { TopicMatcher } from '@coterie/protocol'
import { nowMicros } from '../peers/payload.ts'
import type { Scenario } from '../scenario.ts'

const FEW = '1,000 patterns'
const MANY = '100,000 patterns'
const SIZES: Readonly<Record<string, number>> = { [FEW]: 1_000, [MANY]: 100_000 }
/** Names that are matched in turn. */
const NAMES = 1_000

/** Finding who listens to a channel by a pattern. */
export const topicMatcher: Scenario = {
  name: 'topic-matcher',
  about: 'the patterns that match a name, in process; three of them do',
  columns: [
    { key: 'nanoseconds', title: 'match', unit: 'ns', digits: 0 },
    { key: 'kilobytes', title: 'memory', unit: 'KB/pattern', digits: 2 },
  ],
  peers: [FEW, MANY],
  targets: [
    {
      about: 'time a match takes',
      figure: 'nanoseconds',
      peer: MANY,
      comparedWith: { peer: FEW, as: 'ratio' },
      atMost: 3,
    },
  ],
  async measure(peer, { quick }) {
    const patterns = SIZES[peer] as number
    const matcher = new TopicMatcher<number>()
    globalThis.gc?.()
    const emptyBytes = process.memoryUsage().heapUsed
    matcher.subscribe('tenant:#', -1)
    // A third of the patterns are of each kind; each group of three matches one document.
    for (let index = 0; index < patterns; index += 1) {
      const document = Math.floor(index / 3)
      const tenant = `tenant:t${document % 100}`
      const kinds = [`doc:${document}:#`, `doc:${document}:*`, `doc:*:${document}`]
      matcher.subscribe(`${tenant}:${kinds[index % 3]}`, index)
    }
    globalThis.gc?.()
    const kilobytes = (process.memoryUsage().heapUsed - emptyBytes) / 1_024 / patterns

    const documents = Math.floor(patterns / 3)
    const names = Array.from({ length: NAMES }, (_, index) => {
      const document = Math.floor((index * documents) / NAMES)
      return `tenant:t${document % 100}:doc:${document}:title`
    })
    const matches = quick ? 200_000 : 1_000_000
    matchAll(matcher, names, matches / 4)
    const startMicros = nowMicros()
    matchAll(matcher, names, matches)
    return { nanoseconds: ((nowMicros() - startMicros) * 1_000) / matches, kilobytes }
  },
}

function matchAll(matcher: TopicMatcher<number>, names: readonly string[], count: number): void {
  for (let index = 0; index < count; index += 1) {
    const name = names[index % names.length] as string
    const found = matcher.matchTopic(name).length
    if (found !== 3) throw new Error(`${found} patterns match ${name}, expected 3`)
  }
}
