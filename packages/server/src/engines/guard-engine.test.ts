import { type EventId, RealtimeError } from '@coterie/protocol'
import { FakeClock, SeededRandom } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import type { Engine, JsonText } from '../ports/engine.ts'
import type { Logger } from '../ports/logger.ts'
import { guardEngine } from './guard-engine.ts'
import { MemoryBackplane } from './memory/memory-backplane.ts'
import { MemoryEngine } from './memory/memory-engine.ts'

const listener = { onEvent() {}, onChange() {} }
const history = { size: 10, ttlMs: 60_000 }
const eventOf = (id: string) => ({
  id: id as EventId,
  event: 'message',
  payload: '1' as JsonText,
  from: null,
  timestampMs: 0,
})

/** A clustered engine of an application, whose start a test can end or fail. */
class RawEngine extends MemoryEngine {
  override readonly capabilities = { durable: false, clustered: true, sequenced: true, leaseMs: 0 }
  starts: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = []
  failure: unknown
  closes = 0

  override async start(given: typeof listener): Promise<void> {
    await new Promise<void>((resolve, reject) => this.starts.push({ resolve, reject }))
    await super.start(given)
  }

  override async append(...given: Parameters<Engine['append']>) {
    if (this.failure !== undefined) throw this.failure
    return super.append(...given)
  }

  override async close(): Promise<void> {
    this.closes += 1
    await super.close()
  }
}

function setUp() {
  const logged: string[] = []
  const log = (_: object, message: string): number => logged.push(message)
  const logger: Logger = { debug: log, info: log, warn: log, error: log }
  const raw = new RawEngine(new MemoryBackplane(new FakeClock(), new SeededRandom(1)), 'node')
  const engine = guardEngine(raw, logger)
  const append = (id: string) => engine.append('a', eventOf(id), { history })
  const open = async (): Promise<void> => {
    const started = engine.start(listener)
    raw.starts.at(-1)?.resolve()
    await started
  }
  return { raw, engine, logger, logged, append, open }
}

const unopened = { code: 'unavailable', message: 'the engine is not open' }

describe('a guarded engine', () => {
  it('is opened once, however often `start` is called', async () => {
    const { raw, engine } = setUp()
    const started = [engine.start(listener), engine.start(listener)]
    raw.starts[0]?.resolve()
    await Promise.all(started)
    await engine.start(listener)
    expect(raw.starts).toHaveLength(1)
  })

  it('can be started again after a start that failed', async () => {
    const { raw, engine, logged, append, open } = setUp()
    const failed = engine.start(listener)
    raw.starts[0]?.reject(new Error('connection to 10.0.0.1 refused'))
    const refused = await failed.catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'unavailable', cause: { message: /10\.0\.0\.1/ } })
    expect(String(refused)).not.toContain('10.0.0.1')
    expect(logged).toEqual(['the engine could not be opened'])
    await expect(append('e1')).rejects.toMatchObject(unopened)
    await open()
    expect(await append('e1')).toMatchObject({ position: { offset: 1 } })
  })

  it('can be started again after a start that threw at once', async () => {
    const { raw, engine, append } = setUp()
    const { start } = raw
    raw.start = () => {
      throw new Error('no address')
    }
    await expect(engine.start(listener)).rejects.toMatchObject({ code: 'unavailable' })
    raw.start = start
    const started = engine.start(listener)
    raw.starts[0]?.resolve()
    await started
    expect(await append('e1')).toMatchObject({ duplicate: false })
  })

  it('serves only one hub', async () => {
    const { engine, open } = setUp()
    await open()
    await expect(engine.start({ ...listener })).rejects.toMatchObject({
      message: 'the engine is open for another hub',
    })
  })

  it('keeps the order of calls before it is open', async () => {
    const { raw, engine, append } = setUp()
    const first = append('e1')
    const started = engine.start(listener)
    const second = append('e2')
    const third = started.then(() => append('e3'))
    raw.starts[0]?.resolve()
    const appended = await Promise.all([first, second, third])
    expect(appended.map(({ position }) => position?.offset)).toEqual([1, 2, 3])
  })

  it('refuses everything once it is closed', async () => {
    const { raw, engine, append, open } = setUp()
    await open()
    await Promise.all([engine.close(), engine.close()])
    expect(raw.closes).toBe(1)
    await expect(append('e1')).rejects.toMatchObject(unopened)
    await expect(engine.health()).rejects.toMatchObject(unopened)
  })

  it('refuses waiting calls when it is closed while opening', async () => {
    const { raw, engine, append } = setUp()
    const started = engine.start(listener)
    const waiting = append('e1').catch((error: unknown) => error)
    const closed = engine.close()
    raw.starts[0]?.resolve()
    await Promise.all([started, closed])
    expect(await waiting).toMatchObject(unopened)
    expect(raw.closes).toBe(1)
  })

  it('turns other errors of the engine into unavailable, and logs the first of a series', async () => {
    const { raw, logged, append, open } = setUp()
    await open()
    raw.failure = new Error('disk is full')
    for (const id of ['e1', 'e2', 'e3']) {
      await expect(append(id)).rejects.toMatchObject({
        code: 'unavailable',
        message: 'the engine failed',
        cause: raw.failure,
      })
    }
    raw.failure = undefined
    await append('e4')
    await append('e5')
    expect(logged).toEqual(['the engine failed', 'the engine works again'])
  })

  it('passes on what the engine refuses itself', async () => {
    const { raw, logged, append, open } = setUp()
    await open()
    raw.failure = new RealtimeError('unavailable', 'the log of a is damaged')
    await expect(append('e1')).rejects.toBe(raw.failure)
    expect(logged).toEqual([])
  })

  it('is not guarded twice', () => {
    const { engine, logger } = setUp()
    expect(guardEngine(engine, logger)).toBe(engine)
  })
})
