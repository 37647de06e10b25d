import { defineChannel } from '@coterie/protocol'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ConfigError } from './check-config.ts'
import { resolveConfig } from './config.ts'
import type { HubConfig } from './hub-config.ts'

describe('defaults', () => {
  it('are those of the protocol', () => {
    const config = resolveConfig({ channels: { 'room:*': { history: true }, lobby: {} } })
    expect(config).toMatchObject({
      prefix: '/api/realtime',
      undeclared: undefined,
      anonymous: false,
      clientLimits: {
        frame_bytes: 65_536,
        json_depth: 32,
        subscriptions: 256,
        frames_per_second: 50,
        frames_burst: 100,
        bytes_per_second: 524_288,
        bytes_burst: 2_097_152,
        presence_data_bytes: 4_096,
      },
      queuedBytes: 1_048_576,
      connectionsPerUser: 100,
      presenceGraceMs: 15_000,
    })
    expect(config.definitions.get('room:*')).toEqual({
      subscribe: 'authenticated',
      publish: 'members',
      history: { size: 100, ttlMs: 300_000 },
      presence: false,
      maxUsers: undefined,
    })
    expect(config.definitions.get('lobby')?.history).toBeUndefined()
  })

  it('fill in the half of a history that is not said', () => {
    const { definitions } = resolveConfig({ channels: { a: { history: { size: 7 } } } })
    expect(definitions.get('a')?.history).toEqual({ size: 7, ttlMs: 300_000 })
  })
})

describe('a mistake', () => {
  it.each<[string, unknown, RegExp]>([
    ['an unknown key', { chanels: {} }, /unknown key "chanels"; known here: prefix, undeclared/],
    [
      'an unknown key of a channel',
      { channels: { 'room:*': { histroy: true } } },
      /unknown key "channels\.room:\*\.histroy"; known here: subscribe, publish, history/,
    ],
    [
      'a bad value',
      { channels: { a: { history: { size: 'many' } } } },
      /"channels\.a\.history" is \{"size":"many"\}: expected true, false or \{size, ttlMs\}/,
    ],
    [
      'a rule that is none',
      { channels: { a: { publish: 'everyone' } } },
      /"channels\.a\.publish" is "everyone": expected "public", "authenticated", "granted", "members"/,
    ],
    [
      'a pattern that is none',
      { channels: { 'a:#:b': {} } },
      /a:#:b.*expected a channel name, or a pattern/,
    ],
    ['an origin with a path', { allowedOrigins: ['https://a.example/x'] }, /expected an origin/],
    ['a limit of nothing', { limits: { frameBytes: 0 } }, /"limits\.frameBytes" is 0/],
    [
      'an event without a schema',
      { channels: { a: { events: { edit: 'text' } } } },
      /"channels\.a\.events\.edit" is "text": expected a schema of a library that follows/,
    ],
    [
      'a schema where a contract belongs',
      { contracts: [z.object({})] },
      /"contracts\.0" is .*: expected a contract made by defineChannel/,
    ],
    [
      'two contracts for the same channels',
      { contracts: [defineChannel('room:{id}'), defineChannel('room:{name}')] },
      /"contracts\.1\.template" is "room:\{name\}": the contract "room:\{id\}" already covers these channels/,
    ],
    ['a prefix without a slash', { prefix: 'api' }, /expected a path such as/],
  ])('%s is named with what would be right', (_, config, message) => {
    expect(() => resolveConfig(config as HubConfig)).toThrow(ConfigError)
    expect(() => resolveConfig(config as HubConfig)).toThrow(message)
  })
})

it('declares a room with rules of its own, otherwise like its pattern', () => {
  const config = resolveConfig({
    channels: { 'room:*': { presence: true } },
    rooms: { board: { password: 'x', maxUsers: 3 } },
  })
  expect(config.definitions.get('room:board')).toMatchObject({ presence: true, maxUsers: 3 })
  expect(config.rooms.get('board')).toMatchObject({ password: 'x' })
})
