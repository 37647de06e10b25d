import { hubConfigSchema } from '@coterie/server/command'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { resolveConfig } from '../../packages/server/src/config/config.ts'
import {
  HISTORY,
  NOTIFICATIONS,
  PRESENCE,
  resolveLimits,
  TRIGGERS,
} from '../../packages/server/src/config/defaults.ts'
import type { HubConfig } from '../../packages/server/src/config/hub-config.ts'
import { docstringsOf, numbersIn, optionRows } from './documented-options.ts'

const CONFIG = 'packages/server/src/config/hub-config.ts'
/** The interface that users see of each part of the schema, and what its values are by default. */
const GROUPS: Readonly<Record<string, readonly [file: string, name: string, defaults: object]>> = {
  '': [CONFIG, 'HubConfig', {}],
  channels: [CONFIG, 'ChannelOptions', {}],
  'channels.history': [CONFIG, 'HistoryOptions', HISTORY],
  'channels.state': [CONFIG, 'StateOptions', { persist: false }],
  rooms: [CONFIG, 'RoomOptions', {}],
  jwt: [CONFIG, 'JwtConfig', { clockToleranceMs: resolveConfig({}).jwt.clockToleranceMs }],
  limits: ['packages/server/src/config/limits-config.ts', 'LimitsConfig', resolveLimits()],
  presence: [CONFIG, 'PresenceConfig', PRESENCE],
  notifications: [CONFIG, 'NotificationsConfig', NOTIFICATIONS],
  triggers: [CONFIG, 'TriggersConfig', TRIGGERS],
  heartbeat: [CONFIG, 'HeartbeatSettings', heartbeatDefaults()],
}
/** Options that are documented with others, or have no default of their own. */
const PARTS = new Set(['limits', 'presence', 'notifications', 'triggers', 'heartbeat'])

function heartbeatDefaults(): object {
  const { intervalSecs, timeoutSecs, sseRetryMs } = resolveConfig({}).heartbeat
  const [intervalMs, timeoutMs] = [intervalSecs * 1_000, timeoutSecs * 1_000]
  return { intervalSecs, intervalMs, timeoutSecs, timeoutMs, sseRetryMs }
}

/** Finds the objects in a schema, by the names that lead to them. */
function objectsIn(schema: unknown, path: readonly string[] = []): [string, z.ZodObject][] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional) {
    return objectsIn(schema.unwrap(), path)
  }
  if (schema instanceof z.ZodRecord) return objectsIn(schema.valueType, path)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((one) => objectsIn(one, path))
  if (!(schema instanceof z.ZodObject)) return []
  const inner = Object.entries(schema.shape).flatMap(([name, value]) =>
    objectsIn(value, [...path, name]),
  )
  return [[path.join('.'), schema], ...inner]
}

const OBJECTS = objectsIn(hubConfigSchema)

it('has an interface for every part of the schema', () => {
  expect(OBJECTS.map(([path]) => path).sort()).toEqual(Object.keys(GROUPS).sort())
})

it('takes what the interface allows, and allows what the schema takes', () => {
  type Given = z.input<typeof hubConfigSchema>
  expectTypeOf<Given>().toExtend<HubConfig>()
  // The JSON of a room's metadata may be readonly, which the type of zod does not say.
  expectTypeOf<Omit<HubConfig, 'rooms'>>().toExtend<Omit<Given, 'rooms'>>()
})

describe.each(OBJECTS)('the options of "%s"', (path, schema) => {
  const [file, name, defaults] = GROUPS[path] ?? ['', '', {}]
  const docstrings = docstringsOf(file, name)
  const row = (option: string) => {
    const whole = path === '' ? option : `${path.replace(/^channels\.?|^rooms\.?/, '')}.${option}`
    const wanted = whole.replace(/^\./, '')
    const page = path === 'limits' ? 'docs/limits.md' : 'docs/configuration.md'
    const rows = path === 'limits' ? optionRows(page, 2, 1) : optionRows(page, 0, 1)
    const inLimits = (each: string) => each === option || each === `limits.${option}`
    return rows.find(({ options }) =>
      options.some((each) => (path === 'limits' ? inLimits(each) : each === wanted)),
    )
  }

  it('are those of the interface, each with a docstring and its default', () => {
    expect([...docstrings.keys()].sort()).toEqual(Object.keys(schema.shape).sort())
    const without = [...docstrings].filter(
      ([option, doc]) => doc === '' || (!doc.includes('@default') && !PARTS.has(option)),
    )
    // Which of the keys there are is the choice of whoever names any.
    expect(without.map(([option]) => option)).toEqual(
      path === 'jwt' ? ['secrets', 'publicKeys', 'jwksUrl'] : [],
    )
  })

  it('have the same defaults in docstrings as in the code', () => {
    for (const [option, value] of Object.entries(defaults)) {
      if (typeof value !== 'number') continue
      const [, said = ''] = docstrings.get(option)?.split('@default') ?? []
      expect([option, numbersIn(said)[0]]).toEqual([option, value])
    }
  })

  it('have the same defaults in the guide as in the code', () => {
    for (const option of Object.keys(schema.shape)) {
      const documented = row(option)
      expect([option, documented !== undefined]).toEqual([option, true])
      const value: unknown = Reflect.get(defaults, option)
      if (typeof value !== 'number' || !documented) continue
      const mine = documented.options.findIndex((each) => each.endsWith(option))
      const numbers = numbersIn(documented.defaults)
      const isSeconds = option.endsWith('Secs')
      const said = path === 'limits' ? numbers[mine] : numbers[0]
      expect([option, said]).toEqual([option, isSeconds ? value * 1_000 : value])
    }
  })
})

it('reads numbers with their units', () => {
  expect(numbersIn('4 MiB a second, burst 16 MiB')).toEqual([4_194_304, 16_777_216])
  expect(numbersIn('65_536 (64 KiB)')).toEqual([65_536, 65_536])
  expect(numbersIn('90 days')).toEqual([7_776_000_000])
})
