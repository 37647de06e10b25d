import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@coterie/client'
import { bindYjs } from '@coterie/client/yjs'
import type { SnapshotHeadReply } from '@coterie/protocol'
import { createHub, type Hub } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'
import { Doc } from 'yjs'
import { becomes } from '../sse/client-user.ts'

const CHANNEL = 'document:1'
const CHARACTERS = 5_000_000

const dataDir = mkdtempSync(join(tmpdir(), 'coterie-document-'))

async function start(): Promise<{ hub: Hub; url: string }> {
  const hub = createHub({
    dataDir,
    authenticator: nameAuthenticator,
    channels: { 'document:*': { history: true, state: { persist: true } } },
    // The rates of frames are those of the simulated world; here it would take half a minute.
    limits: {
      bytesPerSecond: 0,
      userBytesPerSecond: 0,
      framesPerSecond: 1_000,
      framesBurst: 1_000,
    },
  })
  const url = (await hub.listen({ port: 0 })).replace('http', 'ws')
  onTestFinished(() => hub.close())
  return { hub, url }
}

function open(url: string, name: string) {
  const client = createClient({ url, token: name })
  client.connect()
  const doc = new Doc()
  const text = doc.getText('content')
  const binding = bindYjs({ client, channel: CHANNEL, doc, snapshotEvery: 50 })
  const stop = (): void => {
    binding.destroy()
    client.disconnect()
  }
  onTestFinished(stop)
  return { client, doc, text, binding, stop, channel: client.channel(CHANNEL) }
}

/** Waits until a snapshot of the document is written beside its state. */
async function written({ client }: ReturnType<typeof open>): Promise<void> {
  for (;;) {
    const head = await new Promise((resolve) => {
      client.request({ type: 'snapshot_read', channel: CHANNEL }, (result) => {
        resolve(result.ok && (result.value as SnapshotHeadReply).head)
      })
    })
    if (head) return
  }
}

it('opens a document of 5 MB whole, over a real connection and a restart of the server', {
  timeout: 240_000,
}, async () => {
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const before = await start()
  const ada = open(before.url, 'ada')
  await becomes(ada.binding.isSynced, Boolean)
  ada.doc.transact(() => {
    for (let length = 0; length < CHARACTERS; length += 1_000) {
      ada.text.insert(length, `${String(length).padEnd(999, '.')}\n`)
    }
  })
  expect(ada.binding.isSynced()).toBe(false)
  await becomes(ada.binding.isSynced, Boolean)
  // More than a snapshot lets come, of which the newcomer reads what follows it.
  for (let n = 0; n < 60; n += 1) {
    ada.text.insert(0, `${n} `)
    await becomes(ada.binding.isSynced, Boolean)
  }
  await written(ada)
  const whole = ada.text.toString()
  ada.stop()
  await before.hub.close()

  const after = await start()
  const bob = open(after.url, 'bob')
  const lengths: number[] = []
  bob.binding.isSynced.subscribe((isSynced) => {
    if (isSynced) lengths.push(bob.text.length)
  })
  await becomes(bob.binding.isSynced, Boolean)
  expect(bob.text.toString() === whole).toBe(true)
  expect(new Set(lengths), 'half of it is not in step').toEqual(new Set([whole.length]))
  expect(bob.binding.error()).toBeNull()
})
