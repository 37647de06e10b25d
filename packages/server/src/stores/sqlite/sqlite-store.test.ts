import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeConformance } from '@coterie/testing'
import { afterAll } from 'vitest'
import { createSqliteStore } from './sqlite-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'coterie-store-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

storeConformance('sqlite', (place) => createSqliteStore({ path: join(folder, `${place}.sqlite`) }))
storeConformance('sqlite in memory', () => createSqliteStore({ path: ':memory:' }), {
  isDurable: false,
})
