import { createSqliteEngine } from '@coterie/server'
import { appendNumber, opened } from './acknowledged-log.ts'

// Appends events until it is killed, and says the number of each that was acknowledged.
const [path = ''] = process.argv.slice(2)
const engine = await opened(createSqliteEngine({ path }))
for (let number = 1; ; number += 1) {
  await appendNumber(engine, number)
  process.stdout.write(`${number}\n`)
}
