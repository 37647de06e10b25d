import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type CopyFile, copyDatabase } from './copy-database.ts'

const ROWS = 60
const TEXT = 'x'.repeat(1_500)

/** A server's database, each of whose commits changes other pages and says how many there were. */
class Writer {
  readonly path: string
  commits = 0
  #database: DatabaseSync

  constructor(path: string) {
    this.path = path
    this.#database = this.#open()
    this.#database.exec(`
      CREATE TABLE rows (id INTEGER PRIMARY KEY, written INTEGER, text TEXT);
      CREATE INDEX rows_by_written ON rows (written, text);
    `)
    const insert = this.#database.prepare('INSERT INTO rows VALUES (?, 0, ?)')
    this.#database.exec('BEGIN')
    for (let id = 1; id <= ROWS; id += 1) insert.run(id, TEXT)
    this.#database.exec('COMMIT')
  }

  commit(): void {
    this.commits += 1
    this.#database
      .prepare('UPDATE rows SET written = ? WHERE id % 10 = ? OR id = 1')
      .run(this.commits, this.commits % 10)
  }

  checkpoint(): void {
    this.#database.exec('PRAGMA wal_checkpoint(PASSIVE)')
  }

  /** Leaves a log whose pages are all written back; the next commit restarts it. */
  fillLog(): void {
    for (let n = 0; n < 10; n += 1) this.commit()
    this.checkpoint()
  }

  get isOpen(): boolean {
    return this.#database.isOpen
  }

  close(): void {
    if (this.isOpen) this.#database.close()
  }

  reopen(): void {
    this.close()
    this.#database = this.#open()
  }

  #open(): DatabaseSync {
    const database = new DatabaseSync(this.path)
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA synchronous = OFF;
    `)
    return database
  }
}

const MOMENTS = [
  'before the database',
  'in the middle of the database',
  'between database and log',
  'at the beginning of the log',
  'in the middle of the log',
  'after the log',
] as const
type Moment = (typeof MOMENTS)[number]

const ACTIONS: Readonly<Record<string, (writer: Writer) => void>> = {
  'a commit': (writer) => writer.commit(),
  'a commit and a checkpoint': (writer) => {
    writer.commit()
    writer.checkpoint()
  },
  'a commit into a log that was begun anew': (writer) => {
    writer.checkpoint()
    writer.commit()
  },
  'a log that was begun anew and overtakes the copy': (writer) => {
    writer.checkpoint()
    for (let n = 0; n < 12; n += 1) writer.commit()
  },
  'two logs, one after the other': (writer) => {
    writer.fillLog()
    writer.fillLog()
    writer.commit()
  },
  'the end of the server': (writer) => {
    writer.commit()
    writer.close()
  },
  'a restart, and a clean end': (writer) => {
    writer.reopen()
    writer.fillLog()
    writer.close()
  },
  'a restart that goes on writing': (writer) => {
    writer.reopen()
    writer.commit()
  },
}

/** Copies a file in pieces, and lets something happen at one moment of the first attempt. */
function interrupted(moment: Moment, action: () => void): CopyFile {
  let isDue = true
  const reached = (now: Moment): void => {
    if (!isDue || now !== moment) return
    isDue = false
    action()
  }
  return (from, to) => {
    if (from.endsWith('-journal')) return copyFileSync(from, to)
    const isLog = from.endsWith('-wal')
    reached(isLog ? 'between database and log' : 'before the database')
    if (!existsSync(from)) return
    const { size } = statSync(from)
    const pieces = [0, 32, Math.floor(size / 2), size]
    const [source, target] = [openSync(from, 'r'), openSync(to, 'w')]
    for (const [index, start] of pieces.slice(0, -1).entries()) {
      const bytes = Buffer.alloc((pieces[index + 1] ?? 0) - start)
      writeSync(target, bytes, 0, readSync(source, bytes, 0, bytes.length, start), start)
      if (index === 0 && isLog) reached('at the beginning of the log')
      if (index === 1) reached(isLog ? 'in the middle of the log' : 'in the middle of the database')
    }
    closeSync(source)
    closeSync(target)
    if (isLog) reached('after the log')
  }
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'coterie-copy-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function startWriter(path: string): Writer {
  const writer = new Writer(join(path, 'data.sqlite'))
  onTestFinished(() => writer.close())
  return writer
}

/** Reads which commit a copy ends with; fails where it is no state that there ever was. */
function lastCommitOf(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
    const rows = database.prepare('SELECT id, written FROM rows ORDER BY id').all()
    const last = Number(rows[0]?.written)
    const expected = Array.from({ length: ROWS }, (_, index) => {
      const id = index + 1
      const behind = (last - id + 10 * ROWS) % 10
      return { id, written: id === 1 ? last : Math.max(0, last - behind) }
    })
    expect(rows.map((row) => ({ ...row }))).toEqual(expected)
    return last
  } finally {
    database.close()
  }
}

const starts: readonly (readonly [string, (writer: Writer) => void])[] = [
  ['a log that was written back', (writer) => writer.fillLog()],
  [
    'a log that was written back in part',
    (writer) => {
      writer.fillLog()
      // The first of these restarts the log.
      for (let n = 0; n < 10; n += 1) writer.commit()
    },
  ],
  [
    'no log',
    (writer) => {
      writer.fillLog()
      writer.close()
    },
  ],
]

describe.each(starts)('a copy that begins with %s', (_name, begin) => {
  describe.each(Object.entries(ACTIONS))('and meets %s', (_action, act) => {
    it.each(MOMENTS)('%s is one state, no older than its beginning', async (moment) => {
      const place = folder()
      const writer = startWriter(place)
      begin(writer)
      const before = writer.commits
      const target = join(place, 'copy.sqlite')
      const action = (): void => {
        if (!writer.isOpen) writer.reopen()
        act(writer)
      }
      await copyDatabase(writer.path, target, () => {}, interrupted(moment, action))
      const last = lastCommitOf(target)
      expect(last).toBeGreaterThanOrEqual(before)
      expect(last).toBeLessThanOrEqual(writer.commits)
      expect(readdirSync(place).filter((name) => name.includes('.part'))).toEqual([])
    })
  })
})

it('gives up when the log restarts during every attempt', async () => {
  const place = folder()
  const writer = startWriter(place)
  writer.fillLog()
  const copyFile: CopyFile = (from, to) => {
    copyFileSync(from, to)
    ACTIONS['a commit into a log that was begun anew']?.(writer)
  }
  const target = join(place, 'copy.sqlite')
  await expect(copyDatabase(writer.path, target, () => {}, copyFile)).rejects.toThrow(
    /written to too fast to be copied/,
  )
  expect(readdirSync(place).filter((name) => name.startsWith('copy'))).toEqual([])
})

it('takes back what a rollback journal says was not finished', async () => {
  const place = folder()
  const path = join(place, 'data.sqlite')
  const database = new DatabaseSync(path)
  database.exec('CREATE TABLE rows (text TEXT)')
  const insert = database.prepare('INSERT INTO rows VALUES (?)')
  for (let n = 0; n < 50; n += 1) insert.run(TEXT)
  database.exec(`PRAGMA cache_size = 5; BEGIN; UPDATE rows SET text = upper(text)`)
  // As a killed process leaves them.
  const left = join(place, 'left.sqlite')
  for (const suffix of ['', '-journal']) copyFileSync(`${path}${suffix}`, `${left}${suffix}`)
  database.close()
  const target = join(place, 'copy.sqlite')
  await copyDatabase(left, target, () => {})
  const copy = new DatabaseSync(target, { readOnly: true })
  expect(copy.prepare('SELECT DISTINCT text FROM rows').all()).toEqual([{ text: TEXT }])
  copy.close()
})

it('keeps no copy that a server would not take', async () => {
  const place = folder()
  const path = join(place, 'data.sqlite')
  writeFileSync(path, '')
  const target = join(place, 'copy.sqlite')
  const refuse = (): never => {
    throw new Error('its table is missing')
  }
  await expect(copyDatabase(path, target, refuse)).rejects.toThrow(
    /data\.sqlite is damaged, and was not copied: its table is missing/,
  )
  expect(readdirSync(place)).toEqual(['data.sqlite'])
})
