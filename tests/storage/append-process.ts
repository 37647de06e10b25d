import { createSqliteEngine } from '@coterie/server'
import { appendMany, opened } from './acknowledged-log.ts'

// Appends events, says where the last of them stands, and waits to be killed.
const [path = '', bootId = '', from, to] = process.argv.slice(2)
const engine = await opened(createSqliteEngine({ path, bootId }))
const appended = await appendMany(engine, Number(from), Number(to))
process.stdout.write(`epoch ${appended.at(-1)?.position?.epoch}\n`)
setInterval(() => {}, 60_000)
