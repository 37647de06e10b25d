import type { NotificationId, NotificationPayload, UserId } from '@coterie/protocol'
import { createSmtpSender, renderMail, type SmtpSenderOptions } from '@coterie/server/routes/smtp'
import { DeliveryError, type OutgoingDelivery } from '@coterie/server/sender'
import { createTransport } from 'nodemailer'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MailServer } from './mail-server.ts'

const payload: NotificationPayload = {
  id: 'n1' as NotificationId,
  title: 'Build failed',
  message: 'On branch main.\nLook at it.',
  type: 'error',
  priority: 'normal',
  sender_id: null,
  created_at: '2026-01-01T00:00:00.000Z',
  expires_at: null,
  actions: [
    { label: 'Open', action: 'https://ci.example.com/1?a=1&b=2' },
    { label: 'Snooze', action: 'snooze' },
    { label: 'Bad', action: 'javascript:alert(1)' },
  ],
  resource_type: null,
  resource_id: null,
  metadata: {},
}

let server: MailServer

beforeEach(async () => {
  server = new MailServer()
  await server.listen()
})

afterEach(() => server.close())

function deliveryOf(change: Partial<NotificationPayload> = {}, target = 'ada@example.com') {
  return {
    id: 7,
    notificationId: payload.id,
    userId: 'ada' as UserId,
    route: 'email',
    target,
    payload: { ...payload, ...change },
    attemptedAtMs: Date.UTC(2026, 0, 1),
  } satisfies OutgoingDelivery
}

function mail(
  delivery: OutgoingDelivery = deliveryOf(),
  options: Partial<SmtpSenderOptions> = {},
  signal = new AbortController().signal,
): Promise<void> {
  const sender = createSmtpSender({
    url: options.url ?? `smtp://127.0.0.1:${server.port}`,
    from: 'Coterie <noreply@hub.example.com>',
    ...options,
  } as SmtpSenderOptions)
  return sender.send(delivery, signal)
}

/** The head of the only mail, unfolded, by names in lower case. */
function headOf(source = server.mails[0]?.source ?? ''): Map<string, string> {
  const head = source.slice(0, source.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ')
  return new Map(
    head.split('\r\n').map((line) => {
      const at = line.indexOf(':')
      return [line.slice(0, at).toLowerCase(), line.slice(at + 2)]
    }),
  )
}

describe('a mail', () => {
  it('goes to the recipient alone, and says that no person wrote it', async () => {
    await mail()
    expect(server.mails).toMatchObject([
      { from: 'noreply@hub.example.com', recipients: ['ada@example.com'] },
    ])
    const head = headOf()
    expect(head.get('subject')).toBe('Build failed')
    expect(head.get('to')).toBe('ada@example.com')
    expect(head.get('from')).toBe('Coterie <noreply@hub.example.com>')
    expect(head.get('auto-submitted')).toBe('auto-generated')
  })

  it('has the same Message-ID on every attempt', async () => {
    await mail()
    await mail()
    const ids = server.mails.map(({ source }) => headOf(source).get('message-id'))
    expect(ids).toEqual(['<n1.7@hub.example.com>', '<n1.7@hub.example.com>'])
  })

  it('says the same as text and as HTML', async () => {
    await mail()
    const source = server.mails[0]?.source ?? ''
    expect(source).toContain('multipart/alternative')
    const { text, html } = await renderMail(deliveryOf())
    expect(text).toBe(
      'Build failed\n\nOn branch main.\nLook at it.\n\n- Open: https://ci.example.com/1?a=1&b=2\n- Snooze\n- Bad',
    )
    expect(html).toContain('<a href="https://ci.example.com/1?a=1&amp;b=2">Open</a>')
    expect(html).toContain('<li>Snooze</li>')
    expect(html).not.toContain('javascript:')
  })

  it('holds no markup but its own', async () => {
    const bad = `"><script>alert('1')</script>&`
    const actions = [{ label: bad, action: `https://example.com/${bad}` }]
    const { html = '' } = await renderMail(deliveryOf({ title: bad, message: bad, actions }))
    expect(html).not.toContain('<script')
    expect(html).not.toContain(`'1'`)
    expect(html.match(/&lt;script&gt;/g)).toHaveLength(4)
  })

  it.each([
    'Hello\r\nBcc: eve@example.com',
    'Hello\nBcc: eve@example.com',
    'Hello\rBcc: eve@example.com',
  ])('gets no further header by its title: %j', async (title) => {
    await mail(deliveryOf({ title }))
    expect(server.mails[0]?.recipients).toEqual(['ada@example.com'])
    const head = headOf()
    expect(head.has('bcc')).toBe(false)
    expect(head.get('subject')).toContain('Hello')
  })

  it('can be written by the application', async () => {
    const render = async (delivery: OutgoingDelivery) => ({
      ...(await renderMail(delivery)),
      subject: `[CI] ${delivery.payload.title}`,
      html: undefined,
    })
    await mail(deliveryOf(), { render })
    expect(headOf().get('subject')).toBe('[CI] Build failed')
    expect(server.mails[0]?.source).not.toContain('text/html')
  })

  it('goes by a transport of the application too, which stays open', async () => {
    const transport = createTransport({ host: '127.0.0.1', port: server.port, pool: true })
    const sender = createSmtpSender({ transport, from: 'noreply@hub.example.com' })
    await sender.send(deliveryOf(), new AbortController().signal)
    sender.close?.()
    await sender.send(deliveryOf(), new AbortController().signal)
    transport.close()
    expect(server.mails).toHaveLength(2)
  })
})

describe('an address', () => {
  it.each([
    'ada',
    '@example.com',
    'ada@',
    'ada@example.com, eve@example.com',
    'ada@example.com\r\nBcc: eve@example.com',
    'Ada <ada@example.com>',
    `${'a'.repeat(64)}@${'b'.repeat(200)}.com`,
    '',
  ])('%j is none, and nothing is sent to it', async (target) => {
    await expect(mail(deliveryOf({}, target))).rejects.toMatchObject({ isPermanent: true })
    expect(server.mails).toHaveLength(0)
  })

  it('is needed to send from', () => {
    const url = 'smtp://127.0.0.1'
    expect(() => createSmtpSender({ url, from: 'Coterie' })).toThrow(
      '"from": expected a text that ends with an address',
    )
  })
})

describe('a refusal', () => {
  it.each([
    ['of the recipient', { recipient: 550 }, true],
    ['of the recipient for now', { recipient: 451 }, false],
    ['of the content', { content: 554 }, true],
    ['of the content for now', { content: 452 }, false],
  ])('%s: %o is permanent: %s', async (_, refusals, isPermanent) => {
    Object.assign(server.refusals, refusals)
    const error = await mail().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(DeliveryError)
    expect(error).toMatchObject({ isPermanent, message: expect.stringContaining('not now') })
  })

  it('of the login is for the operator to repair, and mails wait for that', async () => {
    server.refusals.login = 535
    const url = `smtp://hub:wrong@127.0.0.1:${server.port}`
    await expect(mail(deliveryOf(), { url })).rejects.toMatchObject({ isPermanent: false })
  })

  it('is not a permanent failure when nobody answers: the mail is retried', async () => {
    const { port } = server
    await server.close()
    const url = `smtp://127.0.0.1:${port}`
    await expect(mail(deliveryOf(), { url })).rejects.toMatchObject({ isPermanent: false })
    server = new MailServer()
    await server.listen()
  })
})

it('leaves a server that does not answer when the time is over', async () => {
  server.isHanging = true
  const attempt = mail(deliveryOf(), {}, AbortSignal.timeout(200))
  await expect(attempt).rejects.toMatchObject({ name: 'TimeoutError' })
})
