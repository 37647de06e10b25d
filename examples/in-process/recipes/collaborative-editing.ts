import type { DatabaseSync } from 'node:sqlite'
import { RealtimeError, type RealtimeHub } from '@coterie/server'
import { readInteger, readObject } from './read-fields.ts'

const MAX_CHARACTERS = 10_000

/** Applies operations to documents, in one order for all, and tells the other editors. */
export function collaborativeEditing(hub: RealtimeHub, database: DatabaseSync): void {
  hub.trigger('document:{id}', 'document_edit', async (context) => {
    const { channel, params, input, auth, publish, stop } = context
    const { operation } = readObject(input)
    const version = applyOperation(database, params.id, operation)
    // The others hear what the server made of it, not what the client sent.
    stop()
    const told = describe(operation)
    await publish(channel, 'remote_operation', { operation: told, user_id: auth.userId, version })
    return { version }
  })

  hub.trigger('document:{id}', 'cursor_move', async ({ channel, input, auth, publish, stop }) => {
    stop()
    const data = { user_id: auth.userId, position: readInteger(input, 'position') }
    await publish(channel, 'cursor_update', data, { volatile: true })
  })
}

/** Inserts text into a document. @throws {RealtimeError} `conflict` where it has changed since */
function applyOperation(database: DatabaseSync, id: string, operation: unknown): number {
  const { position, insert, version } = describe(operation)
  const row = database.prepare('SELECT content, version FROM document WHERE id = ?').get(id)
  const content = String(row?.content ?? '')
  const current = Number(row?.version ?? 0)
  if (version !== current) {
    throw new RealtimeError('conflict', `the document has version ${current}`, {
      details: { version: current },
    })
  }
  if (position > content.length) {
    throw new RealtimeError('invalid_payload', `position: expected 0–${content.length}`)
  }
  const changed = content.slice(0, position) + insert + content.slice(position)
  database
    .prepare('INSERT OR REPLACE INTO document (id, content, version) VALUES (?, ?, ?)')
    .run(id, changed, current + 1)
  return current + 1
}

function describe(operation: unknown) {
  return {
    position: readInteger(operation, 'position'),
    insert: readInsert(operation),
    version: readInteger(operation, 'version'),
  }
}

function readInsert(operation: unknown): string {
  const { insert } = readObject(operation)
  if (typeof insert === 'string' && insert.length <= MAX_CHARACTERS) return insert
  throw new RealtimeError(
    'invalid_payload',
    `insert: expected a text of at most ${MAX_CHARACTERS} characters`,
  )
}
