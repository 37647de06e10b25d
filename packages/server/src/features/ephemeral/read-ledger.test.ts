import { RealtimeError } from '@coterie/protocol'
import { createMemoryEngine } from '@coterie/server'
import { type Engine, type EngineListener, MemoryBackplane } from '@coterie/server/engine'
import { FakeClock, SeededRandom } from '@coterie/testing'
import { expect, it, vi } from 'vitest'
import { READS_MAP, ReadLedger } from './read-ledger.ts'
import { formatMark, type ReadMark } from './read-mark.ts'

const mark = (offset: number, epoch = 'e'): ReadMark => ({
  eventId: `m${offset}`,
  position: { epoch, offset },
  readAtMs: 0,
})

async function setUp() {
  const clock = new FakeClock()
  const random = new SeededRandom(1)
  const backplane = new MemoryBackplane(clock, random)
  const open = async (onChange: EngineListener['onChange'] = () => {}) => {
    const engine = createMemoryEngine({ clock, random, backplane })
    await engine.start({ onEvent() {}, onChange })
    return engine
  }
  const engine = await open((change) => ledger.apply(change))
  const ledger = new ReadLedger(engine, 'a')
  const far = new ReadLedger(await open(), 'a')
  return { engine, ledger, far }
}

const write = (engine: Engine, key: string, value: ReadMark) =>
  engine.change('a', READS_MAP, [{ key, value: formatMark(value) }], {})

it('writes what comes together as one change', async () => {
  const { engine, ledger } = await setUp()
  const change = vi.spyOn(engine, 'change')
  await Promise.all([ledger.put('ada', mark(1)), ledger.put('bob', mark(2))])
  expect(change).toHaveBeenCalledTimes(1)
  expect(await ledger.marks()).toEqual(
    new Map([
      ['ada', mark(1)],
      ['bob', mark(2)],
    ]),
  )
})

it('writes nothing that would move a mark back', async () => {
  const { engine, ledger } = await setUp()
  await ledger.put('ada', mark(5))
  const change = vi.spyOn(engine, 'change')
  await Promise.all([ledger.put('ada', mark(3)), ledger.put('ada', mark(5))])
  expect(change).not.toHaveBeenCalled()
  await ledger.put('ada', mark(1, 'later'))
  expect((await ledger.marks()).get('ada')).toEqual(mark(1, 'later'))
})

it('does not overwrite what another node wrote and it has not heard of', async () => {
  const { ledger, far } = await setUp()
  await far.marks()
  await ledger.put('ada', mark(5))
  await far.put('ada', mark(4))
  await far.put('bob', mark(1))
  expect([...(await far.marks()).keys()]).toEqual(['ada', 'bob'])
  expect((await ledger.marks()).get('ada')).toEqual(mark(5))
})

it('reads again after a change was missed', async () => {
  const { engine, ledger } = await setUp()
  await ledger.put('ada', mark(1))
  const changes = [{ key: 'ada', value: formatMark(mark(9)) }]
  ledger.apply({ channel: 'a', map: READS_MAP, changes, version: 3 })
  await write(engine, 'bob', mark(2))
  expect([...(await ledger.marks())]).toEqual([
    ['ada', mark(1)],
    ['bob', mark(2)],
  ])
})

it('keeps a change that comes while the marks are being read', async () => {
  const { engine, ledger } = await setUp()
  const marks = ledger.marks()
  await write(engine, 'ada', mark(1))
  await marks
  expect((await ledger.marks()).get('ada')).toEqual(mark(1))
})

it('says that a mark was not kept, and keeps the next', async () => {
  const { engine, ledger } = await setUp()
  vi.spyOn(engine, 'change').mockRejectedValueOnce(new RealtimeError('unavailable', 'no engine'))
  await expect(ledger.put('ada', mark(1))).rejects.toMatchObject({ code: 'unavailable' })
  await ledger.put('ada', mark(2))
  expect((await ledger.marks()).get('ada')).toEqual(mark(2))
})
