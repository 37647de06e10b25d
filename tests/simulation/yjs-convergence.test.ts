import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runSchedules } from './schedules.ts'
import { type Editor, type Refusal, YjsWorld } from './yjs-world.ts'

const SETTLED_MS = 150_000

const ACTIONS = {
  write: 14,
  erase: 3,
  paste: 1,
  cut: 2,
  halfOpen: 1,
  disconnect: 1,
  connect: 3,
  flood: 1,
  bind: 1,
  unbind: 1,
  enter: 2,
  leave: 2,
  subscribe: 1,
  unsubscribe: 1,
  use: 1,
  release: 1,
} as const

type Action = keyof typeof ACTIONS

type Step =
  | { readonly kind: 'act'; readonly action: Action; readonly editor: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'refuse'; readonly refusal: Refusal | undefined }
  | { readonly kind: 'restart' }

const refusals = ['forbidden', 'too_large', 'internal', 'timeout', 'rate_limited'] as const

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      kind: fc.constant('act' as const),
      action: fc.oneof(
        ...Object.entries(ACTIONS).map(([action, weight]) => ({
          weight,
          arbitrary: fc.constant(action as Action),
        })),
      ),
      editor: fc.nat(1),
    }),
  },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(1_500) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('refuse' as const),
      refusal: fc.constantFrom(undefined, undefined, ...refusals),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
)

function act(world: YjsWorld, editor: Editor, action: Action): void {
  switch (action) {
    case 'write':
    case 'paste':
      world.write(editor, 'x')
      if (action === 'paste') world.paste(editor)
      expect(editor.binding?.isSynced(), 'in step while something is unsent').toBe(false)
      break
    case 'erase':
      world.erase(editor)
      break
    case 'cut':
    case 'halfOpen':
      editor.environment[action]()
      break
    case 'connect':
    case 'disconnect':
      editor.page[action]()
      break
    default:
      editor[action]()
  }
}

async function perform(world: YjsWorld, each: Step): Promise<void> {
  if (each.kind === 'wait') await world.clock.advance(each.ms)
  else if (each.kind === 'restart') await world.restart()
  else if (each.kind === 'refuse') world.refuse(each.refusal)
  else act(world, world.editors[each.editor] as Editor, each.action)
}

/** Who is in step has nothing that the hub was not given. */
function expectHonesty(world: YjsWorld): void {
  for (const editor of world.editors) {
    if (!editor.binding?.isSynced()) continue
    expect(world.holds(editor), 'in step while something is unsent').toBe(true)
    expect(editor.doc.store.pendingStructs).toBeNull()
  }
}

/** Two who are in step have read all that is there, so they have the same. */
async function expectInStep(world: YjsWorld): Promise<void> {
  for (const { page } of world.editors) page.connect()
  world.refuse(undefined)
  await world.clock.advance(SETTLED_MS)
  // A permanently refused update is sent with the next change.
  for (const editor of world.editors) world.write(editor, 'end')
  await world.clock.advance(SETTLED_MS)
  const late = world.open()
  late.enter()
  await world.clock.advance(10_000)
  for (const editor of world.editors) {
    expect(editor.text).toBe(late.text)
    expect(editor.doc.store.pendingStructs).toBeNull()
    expect([editor.binding?.isSynced(), editor.binding?.error()]).toEqual([true, null])
    expect(editor.environment.errors).toEqual([])
  }
}

async function expectOneSnapshot(world: YjsWorld): Promise<void> {
  const keys = await world.stateKeys()
  const generations = new Set(keys.map((key) => key.replace(/-\d+$/, '')))
  // The head, and the parts of one.
  expect(generations.size, keys.join(' ')).toBeLessThanOrEqual(2)
}

async function expectRoomsWork(world: YjsWorld): Promise<void> {
  for (const editor of world.editors) editor.enter()
  await world.clock.advance(2_000)
  expect(world.editors.map(({ isInRoom }) => isInRoom)).toEqual(world.editors.map(() => true))
  world.editors[0]?.sayHello('from the first')
  await world.clock.advance(2_000)
  for (const editor of world.editors) expect(editor.heard).toEqual(['from the first'])
  for (const editor of world.editors) editor.leave()
  await world.clock.advance(2_000)
  for (const { channel, binding } of world.editors) {
    expect([channel.status(), binding?.isSynced()]).toEqual(['joined', true])
  }
}

it('brings documents into step with others parts of the page on the channel, whatever is cut or refused', {
  timeout: 0,
}, async () => {
  const schedule = fc.array(step, { minLength: 10, maxLength: 60 })
  await runSchedules(
    fc.asyncProperty(schedule, fc.nat(), fc.boolean(), async (steps, seed, isRoomFirst) => {
      const world = new YjsWorld(seed)
      world.open(isRoomFirst)
      world.open(!isRoomFirst)
      await world.clock.advance(500)
      let hasRestarted = false
      for (const each of steps) {
        await perform(world, each)
        // Of a restart those hear later who noticed nothing.
        hasRestarted ||= each.kind === 'restart'
        if (!hasRestarted) expectHonesty(world)
      }
      await expectInStep(world)
      await expectOneSnapshot(world)
      await expectRoomsWork(world)
      world.close()
    }),
    60,
  )
})
