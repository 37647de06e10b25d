import { createHub, stopOnSignals } from '@coterie/server'
import { broadcast } from './broadcast.ts'
import { channels } from './channels.ts'
import { chat } from './chat.ts'
import { collaborativeEditing } from './collaborative-editing.ts'
import { updateMetrics } from './live-dashboard.ts'
import { openDatabase } from './open-database.ts'
import { roomPresence } from './room-members.ts'
import { roomMessages } from './room-messages.ts'

const secret = process.env.COTERIE_JWT_SECRET
if (secret === undefined) throw new Error('COTERIE_JWT_SECRET: expected the secret of your tokens')
const database = openDatabase(process.env.DATABASE ?? 'recipes.sqlite')
const hub = createHub({ dataDir: '.coterie', jwtSecret: secret, channels })
roomMessages(hub)
roomPresence(hub, database)
chat(hub, database)
collaborativeEditing(hub, database)
const url = await hub.listen({ port: Number(process.env.PORT ?? 8080) })
process.stdout.write(`ready ${url}\n`)
await broadcast(hub, 'The server is back')
const metrics = setInterval(() => void updateMetrics(hub, database), 10_000)
metrics.unref()
stopOnSignals(() => hub.close(), hub.logger)
