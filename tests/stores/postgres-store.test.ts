import { createPostgresStore } from '@coterie/server/stores/postgres'
import { storeConformance } from '@coterie/testing'
import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { PostgresProcess } from './postgres-process.ts'

let postgres: PostgresProcess
let admin: pg.Pool

beforeAll(async () => {
  postgres = await PostgresProcess.start()
  admin = new pg.Pool({ connectionString: postgres.url() })
})
afterAll(async () => {
  await admin?.end()
  await postgres?.remove()
})

storeConformance('postgres', async (place) => {
  await admin.query(`CREATE SCHEMA IF NOT EXISTS "${place}"`)
  return createPostgresStore({ url: postgres.url(place) })
})
