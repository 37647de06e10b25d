import { createPostgresStore } from '@coterie/server/stores/postgres'
import { storeConformance } from '@coterie/testing'
import { afterAll, beforeAll } from 'vitest'
import { PostgresProcess } from './postgres-process.ts'

let postgres: PostgresProcess

beforeAll(async () => {
  postgres = await PostgresProcess.start()
})
afterAll(() => postgres?.remove())

storeConformance('postgres', async (place) => {
  await postgres.execute(`CREATE SCHEMA IF NOT EXISTS "${place}"`)
  return createPostgresStore({ url: postgres.url(place) })
})
