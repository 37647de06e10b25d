import { expect, it } from 'vitest'
import { type Call, SERVER_KEY, startRestHub } from './rest-hub.ts'

const asServer = { as: SERVER_KEY }

async function notify(call: Call, recipients: readonly string[], more: object = {}) {
  const body = { title: 'A title', message: 'A message', recipients, ...more }
  const created = await call('POST', 'notifications', { ...asServer, body })
  expect(created.status).toBe(201)
  return created.body.id as string
}

/** Where a list says that it goes on, relative to itself. */
function nextOf({ headers }: { headers: Headers }): string | undefined {
  return /^<(\?[^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]
}

it('shows each recipient their own part, and the application all of it', async () => {
  const { call } = await startRestHub()
  const id = await notify(call, ['ada', 'bob'])
  await call('POST', `notifications/${id}/mark-read`, { as: 'bob' })
  const own = { id, recipients: ['ada'], read_by: [], status: 'pending' }
  expect((await call('GET', `notifications/${id}`, { as: 'ada' })).body).toMatchObject(own)
  expect((await call('GET', 'notifications', { as: 'ada' })).body).toMatchObject([own])
  const read = await call('POST', `notifications/${id}/mark-read`, { as: 'ada' })
  expect(read.body).toMatchObject({ recipients: ['ada'], read_by: ['ada'], status: 'read' })
  const all = { recipients: ['ada', 'bob'], read_by: ['ada', 'bob'], status: 'read' }
  expect((await call('GET', `notifications/${id}`, asServer)).body).toMatchObject(all)
  const listed = await call('GET', 'notifications?user_id=ada', asServer)
  expect(listed.body).toMatchObject([all])
})

it('lists the first recipients of many, says how many there are, and pages through all', async () => {
  const { call } = await startRestHub()
  const users = Array.from({ length: 250 }, (_, index) => `user-${index}`)
  const id = await notify(call, users)
  await call('POST', `notifications/${id}/mark-read`, { as: 'user-249' })
  const { body: listed } = await call('GET', 'notifications?user_id=user-249', asServer)
  expect(listed).toMatchObject([{ recipient_count: 250, read_by: ['user-249'] }])
  expect(listed[0].recipients).toEqual([...users.slice(0, 100), 'user-249'])
  expect((await call('GET', `notifications/${id}`, asServer)).body.recipients).toHaveLength(100)
  const own = await call('GET', 'notifications', { as: 'user-1' })
  expect(own.body).toMatchObject([{ recipients: ['user-1'], read_by: [] }])
  expect(own.body[0].recipient_count, 'who else got it is nobody’s business').toBeUndefined()
  const justMore = users.slice(0, 101)
  await notify(call, justMore)
  const [whole] = (await call('GET', 'notifications?user_id=user-100', asServer)).body
  expect(whole.recipients).toEqual(justMore)
  const seen: string[] = []
  let query: string | undefined = '?limit=100'
  while (query !== undefined) {
    const page = await call('GET', `notifications/${id}/recipients${query}`, asServer)
    seen.push(...page.body.map(({ user_id }: { user_id: string }) => user_id))
    query = nextOf(page)
  }
  expect(seen).toEqual(users)
})

it('pages from link to link, once through all of them, and by number', async () => {
  const { call } = await startRestHub()
  const ids: string[] = []
  for (let count = 0; count < 5; count += 1) ids.unshift(await notify(call, ['ada']))
  const seen: string[] = []
  let query: string | undefined = '?page_size=2&unread=true'
  while (query !== undefined) {
    const page = await call('GET', `notifications${query}`, { as: 'ada' })
    seen.push(...page.body.map(({ id }: { id: string }) => id))
    query = nextOf(page)
    // What comes in between moves no later page.
    if (query !== undefined) await notify(call, ['ada'])
  }
  expect(seen).toEqual(ids)
  const last = await call('GET', 'notifications?page=4&page_size=2', { as: 'ada' })
  expect(last.body.map(({ id }: { id: string }) => id)).toEqual(ids.slice(4))
  expect(nextOf(last)).toBeUndefined()
  const everything = await call('GET', 'notifications?page_size=5000', { as: 'ada' })
  expect(everything).toMatchObject({ status: 200, body: { length: 7 } })
  const both = await call('GET', 'notifications?page=2&cursor=1', { as: 'ada' })
  expect(both).toMatchObject({ status: 400, body: { error: { details: { field: 'cursor' } } } })
  const foreign = await call('GET', 'notifications?cursor=not-a-cursor', { as: 'ada' })
  expect(foreign).toMatchObject({ status: 400, body: { error: { code: 'invalid_payload' } } })
})

it('filters by what a notification is and how far it has come', async () => {
  const { call } = await startRestHub()
  const urgent = await notify(call, ['ada'], { priority: 'urgent', type: 'warning' })
  const other = await notify(call, ['ada'])
  await call('POST', `notifications/${other}/mark-read`, { as: 'ada' })
  const idsOf = async (query: string) =>
    (await call('GET', `notifications?${query}`, { as: 'ada' })).body.map(
      ({ id }: { id: string }) => id,
    )
  expect(await idsOf('priority=urgent')).toEqual([urgent])
  expect(await idsOf('type=warning')).toEqual([urgent])
  expect(await idsOf('status=read')).toEqual([other])
  expect(await idsOf('unread=true')).toEqual([urgent])
  expect(await idsOf('unread=false')).toEqual([other])
})

it('marks all as read, and says how many there were', async () => {
  const { call } = await startRestHub()
  await notify(call, ['ada'])
  await notify(call, ['ada', 'bob'])
  const count = async (user: string) =>
    (await call('GET', `notifications/unread-count/${user}`, asServer)).body
  expect(await count('ada')).toBe(2)
  expect((await call('POST', 'notifications/mark-all-read', { as: 'ada' })).body).toEqual({
    marked: 2,
  })
  expect(await Promise.all([count('ada'), count('bob')])).toEqual([0, 1])
  const again = await call('POST', 'notifications/mark-all-read?user_id=ada', asServer)
  expect(again.body).toEqual({ marked: 0 })
})

it('marks all as read up to one that was seen, or to a time', async () => {
  const { call } = await startRestHub()
  const seen = await notify(call, ['ada'])
  await notify(call, ['ada'])
  const mark = (query: string, as = 'ada') =>
    call('POST', `notifications/mark-all-read?${query}`, { as })
  expect((await mark(`up_to=${seen}`)).body).toEqual({ marked: 1 })
  const before = encodeURIComponent('2020-01-01T00:00:00+01:00')
  expect((await mark(`up_to=${before}&user_id=ada`, SERVER_KEY)).body).toEqual({ marked: 0 })
  const foreign = await notify(call, ['bob'])
  expect(await mark(`up_to=${foreign}`)).toMatchObject({ status: 404 })
  expect(await mark('before=2020-01-01T00:00:00Z')).toMatchObject({
    status: 400,
    body: { error: { details: { field: 'before', known: ['user_id', 'up_to'] } } },
  })
  expect((await call('GET', 'notifications/unread-count/ada', asServer)).body).toBe(1)
})

it('takes a notification back', async () => {
  const { call } = await startRestHub()
  const id = await notify(call, ['ada'])
  const canceled = { status: 200, body: { id, status: 'canceled' } }
  expect(await call('POST', `notifications/${id}/cancel`, asServer)).toMatchObject(canceled)
  expect(await call('POST', `notifications/${id}/cancel`, asServer)).toMatchObject(canceled)
  expect((await call('GET', 'notifications/unread-count/ada', asServer)).body).toBe(0)
})

it('makes a notification once for one key, and refuses the key for another', async () => {
  const { call } = await startRestHub()
  const body = { title: 'Once', message: '', recipients: ['ada'] }
  const create = (key: string, more: object = {}) =>
    call('POST', 'notifications', {
      ...asServer,
      headers: { 'idempotency-key': key },
      body: { ...body, ...more },
    })
  const first = await create('key-1')
  expect(first.status).toBe(201)
  // As the draft writes a string, and as most clients do.
  expect(await create('"key-1"')).toMatchObject({ status: 201, body: { id: first.body.id } })
  expect(await create('key-1', { title: 'Other' })).toMatchObject({
    status: 409,
    body: { error: { code: 'conflict' } },
  })
  expect((await create('key-2')).body.id).not.toBe(first.body.id)
  for (const key of ['', '""', 'k'.repeat(256)]) {
    expect(await create(key)).toMatchObject({
      status: 400,
      body: { error: { details: { field: 'Idempotency-Key' } } },
    })
  }
  expect((await create('k'.repeat(255))).status).toBe(201)
})

it('lets a key stand for the id of an event that has none', async () => {
  const { call } = await startRestHub()
  const publish = (key: string, more: object = {}) =>
    call('POST', 'publish', {
      ...asServer,
      headers: { 'idempotency-key': key },
      body: { channel: 'room:1', event: 'e', payload: 1, ...more },
    })
  expect((await publish('key-1')).body).toMatchObject({ id: 'key-1', duplicate: false })
  expect((await publish('key-1')).body).toMatchObject({ id: 'key-1', duplicate: true })
  expect((await publish('key-1', { message_id: 'm' })).body).toMatchObject({ id: 'm' })
})

it('takes 10,000 recipients, and times of any zone', async () => {
  const { call } = await startRestHub()
  const recipients = Array.from({ length: 10_000 }, (_, index) => `user-${index}-${'x'.repeat(80)}`)
  await notify(call, recipients)
  const body = { title: 'Late', message: '', recipients: ['ada'] }
  const until = (time: unknown) =>
    call('POST', 'notifications', { ...asServer, body: { ...body, expires_at: time } })
  expect((await until('2099-01-01T01:30:00+02:00')).body).toMatchObject({
    expires_at: '2098-12-31T23:30:00.000Z',
  })
  expect((await until(null)).body).toMatchObject({ expires_at: null })
  expect(await until('2020-01-01T00:00:00Z')).toMatchObject({
    status: 201,
    body: { status: 'expired', expires_at: '2020-01-01T00:00:00.000Z' },
  })
  expect((await call('GET', 'notifications/unread-count/ada', asServer)).body).toBe(2)
  for (const time of ['2099-01-01', '2099-01-01T00:00:00', 'tomorrow', 4_070_908_800_000]) {
    expect(await until(time)).toMatchObject({
      status: 422,
      body: { error: { details: { field: 'expires_at' } } },
    })
  }
})

it('keeps how a user wants to be notified', async () => {
  const { call } = await startRestHub()
  const path = 'notification-preferences/ada'
  const defaults = (await call('GET', path, { as: 'ada' })).body
  expect(defaults).toEqual({
    muted_types: [],
    quiet_hours: null,
    routes: ['in-app'],
    email: null,
    webhook_url: null,
  })
  const preferences = {
    muted_types: ['reminder'],
    quiet_hours: { start: '22:00', end: '07:00', time_zone: 'Europe/Berlin' },
    routes: ['in-app', 'email'],
    email: 'ada@example.com',
    webhook_url: 'https://example.com/hook',
  }
  const put = (body: object) => call('PUT', path, { as: 'ada', body })
  expect(await put(preferences)).toMatchObject({ status: 200, body: preferences })
  expect((await call('GET', path, asServer)).body).toEqual(preferences)
  expect((await put({ email: 'ada@example.org' })).body).toEqual({
    ...defaults,
    email: 'ada@example.org',
  })
  expect((await put({ quiet_hours: null })).body).toEqual(defaults)
  await put(preferences)
  const patched = await call('PATCH', path, { as: 'ada', body: { quiet_hours: null } })
  expect(patched.body).toEqual({ ...preferences, quiet_hours: null })
  const nowhere = { quiet_hours: { start: '22:00', end: '07:00', time_zone: 'Mars/Olympus' } }
  expect(await put(nowhere)).toMatchObject({ status: 400 })
  const half = { quiet_hours: { start: '24:00', end: '07:00', time_zone: 'UTC' } }
  expect(await put(half)).toMatchObject({
    status: 422,
    body: { error: { message: expect.stringMatching(/^quiet_hours\.start: expected HH:MM/) } },
  })
})
