import { describe, expect, it, vi } from 'vitest'
import { createInboxWorld, resourceAt, resourcesDown } from '../scripted/scripted-inbox.ts'
import { createInbox } from './create-inbox.ts'

describe('the list', () => {
  it('loads the newest page and the count on connecting, as the user', async () => {
    const { inbox, rest, ids, connect, clock } = createInboxWorld({ pageSize: 2 })
    expect([inbox.isLoading(), ids()]).toEqual([false, []])
    await connect()
    expect(inbox.isLoading()).toBe(true)
    const request = rest.page([resourceAt(2), resourceAt(1, { read_by: ['ada'] })], 'older')
    expect(request.method).toBe('GET')
    expect(request.url).toBe('http://server.test/api/realtime/notifications?page_size=2')
    expect(request.headers).toEqual({ authorization: 'Session s-1' })
    rest.count(7)
    await clock.settle()
    expect(ids()).toEqual(['n2', 'n1'])
    expect(inbox.items()[0]).not.toHaveProperty('recipients')
    expect(inbox.items().map(({ is_read }) => is_read)).toEqual([false, true])
    expect([inbox.unreadCount(), inbox.isLoading(), inbox.hasMore()]).toEqual([7, false, true])
    expect(inbox.error()).toBeNull()
  })

  it('asks with the token, where the client has one', async () => {
    const { clock, connect, rest } = createInboxWorld({}, { token: 'secret' })
    const socket = await connect()
    socket.reply(socket.take('auth'), { user_id: 'ada', expires_at: null })
    await clock.settle()
    expect(rest.take('/unread-count/ada').headers.authorization).toBe('Bearer secret')
  })

  it('asks with the fresh token once the server took it', async () => {
    const { clock, connect, client, rest } = createInboxWorld(
      {},
      { token: ({ reason }) => `for-${reason}` },
    )
    const socket = await connect()
    socket.reply(socket.take('auth'), { user_id: 'ada', expires_at: null })
    socket.deliver({ type: 'token_expiring' })
    await clock.settle()
    const renewal = socket.take('auth')
    void client.fetch('/before')
    socket.reply(renewal, { user_id: 'ada', expires_at: null })
    void client.fetch('/after')
    await clock.settle()
    expect(rest.take('/before').headers.authorization).toBe('Bearer for-connect')
    expect(rest.take('/after').headers.authorization).toBe('Bearer for-expiring')
  })

  it('is there at once for a client that is connected', async () => {
    const { client, connect, rest, clock } = createInboxWorld()
    await connect()
    const late = createInbox(client)
    rest.page([resourceAt(1)])
    rest.page([resourceAt(1)])
    await clock.settle()
    expect(late.items()).toHaveLength(1)
  })

  it('asks for nothing while nobody is known', async () => {
    const { client, clock, newest, requests } = createInboxWorld()
    client.connect()
    await clock.settle()
    newest().welcome({ user_id: null })
    await clock.settle()
    expect(requests).toEqual([])
  })

  it('puts those that come before the loaded ones, each once', async () => {
    const { ids, open, push } = createInboxWorld()
    await open([resourceAt(2), resourceAt(1)], 2)
    push(3)
    push(4)
    push(3)
    push(2)
    expect(ids()).toEqual(['n4', 'n3', 'n2', 'n1'])
  })

  it('keeps one that comes while a page is on its way, listed there or not', async () => {
    const { clock, connect, ids, push, rest } = createInboxWorld()
    await connect()
    push(3)
    push(4)
    rest.page([resourceAt(3), resourceAt(2)])
    await clock.settle()
    expect(ids()).toEqual(['n4', 'n3', 'n2'])
  })

  it('pages backwards, without a hole where an old one is sent again', async () => {
    const { clock, inbox, ids, open, push, rest } = createInboxWorld({ pageSize: 2 })
    await open(resourcesDown(9, 8), 9, 'c/8')
    push(1)
    expect(ids()).toEqual(['n9', 'n8'])
    const loaded = inbox.loadMore()
    expect(inbox.isLoading()).toBe(true)
    const { url } = rest.page(resourcesDown(7, 6), 'c6')
    expect(new URL(url).search).toBe('?page_size=2&cursor=c%2F8')
    await loaded
    expect(ids()).toEqual(['n9', 'n8', 'n7', 'n6'])
    void inbox.loadMore()
    rest.page(resourcesDown(5, 5))
    await clock.settle()
    expect([ids().length, inbox.hasMore(), inbox.isLoading()]).toEqual([5, false, false])
    await inbox.loadMore()
    expect(rest.has('/notifications?')).toBe(false)
  })

  it('loads a page once for all who ask for it at the same time', async () => {
    const { inbox, ids, open, push, rest } = createInboxWorld({ pageSize: 2 })
    await open(resourcesDown(9, 8), 9, 'c8')
    const loads = [inbox.loadMore(), inbox.loadMore()]
    push(10)
    rest.page(resourcesDown(7, 6), 'c6')
    await Promise.all(loads)
    expect(rest.has('/notifications?')).toBe(false)
    expect(ids()).toEqual(['n10', 'n9', 'n8', 'n7', 'n6'])
  })

  it('loads the next page after the first, where it is asked for too early', async () => {
    const { clock, connect, inbox, ids, rest } = createInboxWorld({ pageSize: 2 })
    await connect()
    const loads = [inbox.loadMore(), inbox.loadMore()]
    rest.page(resourcesDown(4, 3), 'c3')
    await clock.settle()
    rest.page(resourcesDown(2, 1))
    await Promise.all(loads)
    expect(ids()).toEqual(['n4', 'n3', 'n2', 'n1'])
  })

  it('shows those that waited in their place, not before the page is there', async () => {
    const { clock, connect, ids, push, rest } = createInboxWorld({ pageSize: 2 })
    await connect()
    for (const number of [1, 2, 9]) push(number)
    expect(ids()).toEqual([])
    rest.page(resourcesDown(9, 8), 'c8')
    await clock.settle()
    expect(ids()).toEqual(['n9', 'n8'])
  })

  it('shows what comes where the page cannot be had', async () => {
    const { clock, connect, ids, push, rest } = createInboxWorld()
    await connect()
    push(1)
    rest.take('/notifications?').answer(403, { error: { code: 'forbidden', message: 'no' } })
    await clock.settle()
    push(2)
    expect(ids()).toEqual(['n2', 'n1'])
  })

  it('loads no more again than was there, after a page that failed', async () => {
    const { clock, inbox, open, newest, reconnected, rest } = createInboxWorld({ pageSize: 2 })
    await open(resourcesDown(9, 8), 0, 'c8')
    const more = inbox.loadMore()
    rest.take('/notifications?').answer(503, { error: { code: 'unavailable', message: 'later' } })
    await expect(more).rejects.toMatchObject({ code: 'unavailable' })
    expect([inbox.isLoading(), inbox.hasMore()]).toEqual([false, true])
    newest().end()
    await reconnected()
    await clock.settle()
    expect(rest.take('/notifications?').url).toContain('page_size=2')
  })

  it('keeps the order of the server among those of the same moment', async () => {
    const { ids, open, push } = createInboxWorld()
    const moment = resourceAt(1).created_at
    const at = { created_at: moment }
    await open([resourceAt(2, at), resourceAt(9, at), resourceAt(3, at)])
    push(5, at)
    expect(ids()).toEqual(['n5', 'n2', 'n9', 'n3'])
  })

  it('keeps the same list while nothing changes', async () => {
    const { inbox, open, tell } = createInboxWorld()
    await open([resourceAt(1)], 1)
    const before = inbox.items()
    const heard = vi.fn()
    inbox.items.subscribe(heard)
    tell(1)
    expect(inbox.items()).toBe(before)
    expect(heard).not.toHaveBeenCalled()
  })

  it('lists only what is unread, where it is asked to', async () => {
    const { clock, inbox, ids, open, push, rest, tell, requests } = createInboxWorld({
      unreadOnly: true,
    })
    await open(resourcesDown(3, 1), 3)
    expect(requests.some(({ url }) => url.endsWith('page_size=20&unread=true'))).toBe(true)
    push(4)
    void inbox.markRead('n2')
    expect(ids()).toEqual(['n4', 'n3', 'n1'])
    tell(2, { read: ['n1'] })
    expect(ids()).toEqual(['n4', 'n3'])
    rest.take('/n2/mark-read').answer(404, { error: { code: 'not_found', message: 'no' } })
    await clock.settle()
    expect(ids()).toEqual(['n4', 'n3', 'n2'])
  })

  it('leaves out what the server should not have said', async () => {
    const { ids, open } = createInboxWorld()
    await open([{ id: 1 }, null as never, resourceAt(1)])
    expect(ids()).toEqual(['n1'])
  })
})

describe('a connection that comes back', () => {
  it('brings what was missed, and takes away what is gone', async () => {
    const { clock, inbox, ids, open, newest, reconnected, rest } = createInboxWorld({ pageSize: 2 })
    await open(resourcesDown(9, 8), 9, 'c8')
    void inbox.loadMore()
    rest.page(resourcesDown(7, 6), 'c6')
    await clock.settle()
    newest().end()
    expect(ids()).toHaveLength(4)
    await reconnected()
    const { url } = rest.page([resourceAt(10), resourceAt(9), resourceAt(7), resourceAt(6)], 'c6b')
    rest.count(11)
    await clock.settle()
    expect(new URL(url).search).toBe('?page_size=4')
    expect(ids()).toEqual(['n10', 'n9', 'n7', 'n6'])
    expect(inbox.unreadCount()).toBe(11)
    void inbox.loadMore()
    expect(rest.take('/notifications?').url).toContain('cursor=c6b')
  })

  it('loads again all that was loaded, a hundred at a time', async () => {
    const { clock, inbox, ids, open, newest, reconnected, rest } = createInboxWorld({
      pageSize: 100,
    })
    await open(resourcesDown(200, 101), 0, 'c101')
    void inbox.loadMore()
    rest.page(resourcesDown(100, 1))
    await clock.settle()
    newest().end()
    await reconnected()
    rest.page(resourcesDown(201, 102), 'c102')
    await clock.settle()
    expect(ids()).toHaveLength(200)
    rest.page(resourcesDown(101, 1))
    await clock.settle()
    expect(ids()).toHaveLength(201)
  })

  it('lets a page that was on its way end with the load from the top', async () => {
    const { clock, inbox, ids, open, newest, reconnected, rest } = createInboxWorld({ pageSize: 2 })
    await open(resourcesDown(4, 3), 0, 'c3')
    const more = inbox.loadMore()
    const stale = rest.take('/notifications?')
    newest().end()
    await reconnected()
    rest.page(resourcesDown(5, 1))
    stale.answer(200, resourcesDown(2, 1))
    await more
    await clock.settle()
    expect(ids()).toEqual(['n5', 'n4', 'n3', 'n2', 'n1'])
  })

  it('forgets everything where it belongs to somebody else', async () => {
    const { clock, inbox, ids, open, newest, sockets, rest } = createInboxWorld()
    await open([resourceAt(1)], 1)
    newest().end()
    await clock.until(() => sockets.length === 2)
    newest().welcome({ user_id: 'bob' })
    expect([ids(), inbox.unreadCount()]).toEqual([[], 0])
    rest.take('/unread-count/bob')
  })

  it('tries again what failed, and says what was wrong', async () => {
    const { clock, connect, inbox, ids, rest } = createInboxWorld()
    await connect()
    rest.take('/notifications?').answer(503, {
      error: { code: 'unavailable', message: 'the store is away' },
    })
    rest.count(1)
    await clock.settle()
    expect(inbox.error()).toMatchObject({ code: 'unavailable', message: 'the store is away' })
    expect(inbox.isLoading()).toBe(false)
    await clock.until(() => rest.has('/notifications?'))
    rest.page([resourceAt(1)])
    rest.count(1)
    await clock.settle()
    expect([ids(), inbox.error()]).toEqual([['n1'], null])
  })

  it.each([
    [502, '<html>', 'unavailable'],
    [418, '', 'internal'],
    [403, { error: { code: 'forbidden', message: 'no' } }, 'forbidden'],
  ])('reads a %i as what it is', async (status, body, code) => {
    const { clock, connect, inbox, rest } = createInboxWorld()
    await connect()
    rest.take('/notifications?').answer(status, body)
    rest.count(0)
    await clock.settle()
    expect(inbox.error()).toMatchObject({ code })
  })

  it('gives up a question that nobody answers', async () => {
    const { clock, connect, inbox } = createInboxWorld()
    await connect()
    await clock.advance(10_000)
    expect(inbox.error()).toMatchObject({ code: 'timeout' })
  })
})

describe('reading', () => {
  it('is shown at once and told to the server', async () => {
    const { inbox, open, rest, unread } = createInboxWorld()
    await open(resourcesDown(3, 1), 3)
    const marked = inbox.markRead('n2')
    expect([unread(), inbox.unreadCount()]).toEqual([['n3', 'n1'], 2])
    const request = rest.take('/notifications/n2/mark-read')
    expect(request.method).toBe('POST')
    request.answer(200, resourceAt(2, { read_by: ['ada'] }))
    await marked
    expect([unread(), inbox.unreadCount()]).toEqual([['n3', 'n1'], 2])
  })

  it('is taken back, with the reason, where the server refuses', async () => {
    const { inbox, open, rest, unread } = createInboxWorld()
    await open([resourceAt(1)], 1)
    const marked = inbox.markRead('n1')
    rest.take('mark-read').answer(404, { error: { code: 'not_found', message: 'gone' } })
    await expect(marked).rejects.toMatchObject({ code: 'not_found' })
    expect([unread(), inbox.unreadCount()]).toEqual([['n1'], 1])
    expect(inbox.error()).toMatchObject({ code: 'not_found' })
  })

  it('asks once, however often it is said', async () => {
    const { clock, inbox, open, rest } = createInboxWorld()
    await open([resourceAt(1)], 1)
    const marks = [inbox.markRead('n1'), inbox.markRead('n1')]
    rest.take('mark-read').answer(200, resourceAt(1))
    await Promise.all(marks)
    await inbox.markRead('n1')
    await clock.settle()
    expect(rest.has('mark-read')).toBe(false)
    expect(inbox.unreadCount()).toBe(0)
  })

  it('counts once, whether the frame or the answer is first', async () => {
    const { inbox, open, rest, tell } = createInboxWorld()
    await open(resourcesDown(3, 1), 3)
    const first = inbox.markRead('n1')
    tell(2, { read: ['n1'] })
    expect(inbox.unreadCount()).toBe(2)
    rest.take('mark-read').answer(200, {})
    await first
    expect(inbox.unreadCount()).toBe(2)
    const second = inbox.markRead('n2')
    rest.take('mark-read').answer(200, {})
    await second
    expect(inbox.unreadCount()).toBe(1)
    tell(1, { read: ['n2'] })
    expect(inbox.unreadCount()).toBe(1)
  })

  it('stays read where the answer fails after the frame said so', async () => {
    const { inbox, open, rest, tell, unread } = createInboxWorld()
    await open([resourceAt(1)], 1)
    const marked = inbox.markRead('n1')
    tell(0, { read: ['n1'] })
    rest.take('mark-read').fail()
    await expect(marked).rejects.toMatchObject({ code: 'unavailable' })
    expect([unread(), inbox.unreadCount()]).toEqual([[], 0])
  })

  it('counts one that comes meanwhile', async () => {
    const { inbox, open, push, rest, tell } = createInboxWorld()
    await open(resourcesDown(3, 1), 3)
    const marked = inbox.markRead('n1')
    push(4)
    tell(4)
    expect(inbox.unreadCount()).toBe(3)
    rest.take('mark-read').answer(200, {})
    await marked
    expect(inbox.unreadCount()).toBe(3)
  })

  it('marks all, but for what comes after', async () => {
    const { inbox, open, push, rest, tell, unread } = createInboxWorld({ pageSize: 3 })
    await open(resourcesDown(3, 1), 30, 'c1')
    const marked = inbox.markAllRead()
    expect([unread(), inbox.unreadCount()]).toEqual([[], 0])
    rest.take('/notifications/mark-all-read').answer(200, { marked: 30 })
    tell(0, { all_read: true, read: ['n3'] })
    push(4)
    tell(1)
    await marked
    expect([unread(), inbox.unreadCount()]).toEqual([['n4'], 1])
  })

  it('marks all up to the newest that is shown, and shows as unread what came meanwhile', async () => {
    const { inbox, open, push, rest, tell, unread } = createInboxWorld({ pageSize: 3 })
    await open(resourcesDown(3, 1), 30, 'c1')
    const marked = inbox.markAllRead()
    const request = rest.take('/notifications/mark-all-read')
    expect(new URL(request.url).search).toBe('?up_to=n3')
    // On its way before the server was asked.
    push(4)
    tell(31)
    expect([unread(), inbox.unreadCount()]).toEqual([['n4'], 1])
    // The server tells before it answers, and something more comes.
    tell(1, { read: ['n3', 'n2', 'n1', 'older'], read_up_to: 'n3' })
    push(5)
    tell(2)
    expect([unread(), inbox.unreadCount()]).toEqual([['n5', 'n4'], 2])
    request.answer(200, { marked: 30 })
    await marked
    expect([unread(), inbox.unreadCount()]).toEqual([['n5', 'n4'], 2])
  })

  it('marks all up to one that is named, and asks for nothing where nothing is', async () => {
    const { inbox, open, rest, unread } = createInboxWorld()
    await open(resourcesDown(3, 1), 3)
    const marked = inbox.markAllRead({ upTo: 'n2' })
    expect([unread(), inbox.unreadCount()]).toEqual([['n3'], 1])
    const request = rest.take('mark-all-read')
    expect(new URL(request.url).search).toBe('?up_to=n2')
    request.answer(200, { marked: 2 })
    await marked
    expect([unread(), inbox.unreadCount()]).toEqual([['n3'], 1])
    const empty = createInboxWorld()
    await empty.open([], 0)
    await empty.inbox.markAllRead()
    expect(empty.rest.has('mark-all-read')).toBe(false)
  })

  it('marks nothing before the first page is there, and then what it shows', async () => {
    const { clock, connect, inbox, rest } = createInboxWorld({ pageSize: 3 })
    await connect()
    const marked = inbox.markAllRead()
    await clock.settle()
    expect(rest.has('mark-all-read')).toBe(false)
    rest.page(resourcesDown(3, 1), 'c1')
    rest.count(30)
    await clock.settle()
    const request = rest.take('/notifications/mark-all-read')
    expect(new URL(request.url).search).toBe('?up_to=n3')
    request.answer(200, { marked: 30 })
    await marked
    expect(inbox.unreadCount()).toBe(0)
  })

  it('marks nothing where the first page could not be loaded', async () => {
    const { clock, connect, inbox, push, rest } = createInboxWorld({ pageSize: 3 })
    await connect()
    rest.take('page_size').answer(403, { error: { code: 'forbidden', message: 'no' } })
    rest.count(30)
    await clock.settle()
    push(4)
    const marked = inbox.markAllRead()
    await clock.settle()
    expect(rest.has('mark-all-read')).toBe(false)
    rest.take('page_size').answer(403, { error: { code: 'forbidden', message: 'no' } })
    await expect(marked).rejects.toMatchObject({ code: 'forbidden' })
    expect(rest.has('mark-all-read')).toBe(false)
  })

  it('takes all back where that is refused', async () => {
    const { inbox, open, rest, unread } = createInboxWorld({ pageSize: 2 })
    await open(resourcesDown(2, 1), 30, 'c1')
    const marked = inbox.markAllRead()
    rest.take('mark-all-read').answer(429, { error: { code: 'rate_limited', message: 'slow' } })
    await expect(marked).rejects.toMatchObject({ code: 'rate_limited' })
    expect([unread(), inbox.unreadCount()]).toEqual([['n2', 'n1'], 30])
  })

  it('is refused without a connection', async () => {
    const { inbox, newest, open, unread } = createInboxWorld()
    await open([resourceAt(1)], 1)
    newest().end()
    await expect(inbox.markRead('n1')).rejects.toMatchObject({ code: 'unavailable' })
    expect(unread()).toEqual(['n1'])
  })
})

describe('another device', () => {
  it('reads, removes and counts here too, at once', async () => {
    const { ids, inbox, open, tell, unread } = createInboxWorld()
    await open(resourcesDown(4, 1), 4)
    tell(3, { read: ['n4'] })
    expect([unread(), inbox.unreadCount()]).toEqual([['n3', 'n2', 'n1'], 3])
    tell(2, { removed: ['n3'] })
    expect([ids(), inbox.unreadCount()]).toEqual([['n4', 'n2', 'n1'], 2])
    tell(0, { all_read: true })
    expect([unread(), inbox.unreadCount()]).toEqual([[], 0])
  })

  it('is not undone by a page that was made before', async () => {
    const { clock, connect, ids, inbox, rest, tell, unread } = createInboxWorld()
    await connect()
    tell(1, { read: ['n3'], removed: ['n2'] })
    rest.page(resourcesDown(3, 1))
    rest.count(3)
    await clock.settle()
    expect([ids(), unread(), inbox.unreadCount()]).toEqual([['n3', 'n1'], ['n1'], 1])
  })

  it('reads all while a page is on its way, which is then asked for again', async () => {
    const { clock, connect, inbox, rest, tell, unread } = createInboxWorld()
    await connect()
    tell(0, { all_read: true })
    rest.page(resourcesDown(2, 1))
    await clock.settle()
    expect(inbox.isLoading()).toBe(true)
    rest.page([resourceAt(3), ...resourcesDown(2, 1, { read_by: ['ada'] })])
    await clock.settle()
    expect(unread()).toEqual(['n3'])
  })
})

describe('arrivals', () => {
  it('are told of once, also when they are sent again', async () => {
    const { inbox, newest, open, push, reconnected } = createInboxWorld()
    const heard: string[] = []
    const off = inbox.on('notification', ({ id }) => heard.push(id))
    await open([resourceAt(1)])
    push(2)
    push(2)
    newest().end()
    await reconnected()
    push(2)
    push(3)
    off()
    push(4)
    expect(heard).toEqual(['n2', 'n3'])
  })

  it('are acknowledged together, and again where the answer did not come', async () => {
    const { clock, newest, open, push, reconnected } = createInboxWorld()
    const socket = await open()
    push(1)
    push(2)
    push(1)
    expect(socket.has('ack')).toBe(false)
    await clock.advance(0)
    const ack = socket.take('ack')
    expect(ack.notifications).toEqual(['n1', 'n2'])
    newest().end()
    const next = await reconnected()
    push(3)
    await clock.advance(0)
    const again = next.take('ack')
    expect(new Set(again.notifications as string[])).toEqual(new Set(['n1', 'n2', 'n3']))
    next.reply(again)
    await clock.advance(60_000)
    expect(next.has('ack')).toBe(false)
  })

  it('are acknowledged later where the server says so, and not where it refuses', async () => {
    const { clock, open, push } = createInboxWorld()
    const socket = await open()
    push(1)
    await clock.advance(0)
    socket.refuse(socket.take('ack'), 'rate_limited', { retry_after_ms: 700 })
    await clock.advance(700)
    socket.refuse(socket.take('ack'), 'forbidden')
    await clock.advance(20_000)
    expect(socket.has('ack')).toBe(false)
  })

  it('are acknowledged when a page shows them first', async () => {
    const { clock, open } = createInboxWorld()
    const socket = await open([resourceAt(2, { status: 'pending' }), resourceAt(1)])
    await clock.advance(0)
    expect(socket.take('ack').notifications).toEqual(['n2'])
  })

  it('disappear when their time is over', async () => {
    const { client, clock, ids, inbox, open, push } = createInboxWorld()
    const expires = (afterMs: number) => new Date(clock.now() + afterMs).toISOString()
    await open([resourceAt(1, { expires_at: expires(5_000) }), resourceAt(0)], 2)
    push(2, { expires_at: expires(3_000) })
    push(3, { expires_at: expires(0) })
    push(4, { expires_at: expires(40 * 86_400_000) })
    expect(ids()).toEqual(['n4', 'n2', 'n1', 'n0'])
    await clock.advance(2_999)
    expect(ids()).toContain('n2')
    await clock.advance(1)
    expect(ids()).toEqual(['n4', 'n1', 'n0'])
    await clock.advance(2_000)
    expect([ids(), inbox.unreadCount()]).toEqual([['n4', 'n0'], 0])
    // Without a connection the days have no heartbeats.
    client.disconnect()
    await clock.advance(40 * 86_400_000 - 6_000)
    expect(ids()).toEqual(['n4', 'n0'])
    await clock.advance(6_000)
    expect(ids()).toEqual(['n0'])
  })
})

it('hears and loads nothing more once it is closed', async () => {
  const { clock, inbox, ids, newest, open, push, reconnected, rest } = createInboxWorld({
    pageSize: 1,
  })
  await open([resourceAt(1)], 1, 'c1')
  const heard = vi.fn()
  inbox.on('notification', heard)
  void inbox.loadMore()
  const more = rest.take('/notifications?')
  expect(more.isAborted).toBe(false)
  inbox.close()
  inbox.close()
  expect(more.isAborted).toBe(true)
  push(2)
  newest().end()
  await reconnected()
  await clock.settle()
  expect([ids(), heard.mock.calls, rest.has('/notifications')]).toEqual([['n1'], [], false])
  await inbox.loadMore()
  await inbox.markRead('n1')
  expect(rest.has('/notifications')).toBe(false)
})

it.each([0, 101, 1.5, Number.NaN])('does not take %s for a page size', (pageSize) => {
  const { client } = createInboxWorld()
  expect(() => createInbox(client, { pageSize })).toThrow(/^pageSize: .* expected a whole number/)
})
