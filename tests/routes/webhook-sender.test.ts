import { setDefaultCACertificates } from 'node:tls'
import type { NotificationId, NotificationPayload, UserId } from '@coterie/protocol'
import { createWebhookSender, verifyWebhook, type WebhookSenderOptions } from '@coterie/server'
import { DeliveryError, type OutgoingDelivery } from '@coterie/server/sender'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebhookReceiver } from './webhook-receiver.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const next = 'the secret that replaces the other one'
const NOW_MS = Date.UTC(2026, 0, 2)

// For hooks.example.com, by its own word, until 2126.
const tls = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgsaFZmShJ9+dnx+AV
ZBg55Hf0vqYJDjiHrflu06tpDIOhRANCAATbJBhUJl1yxCKJu1axKzo9WcNayg3N
awnUdmJhCcH/LJytFojmXS6fjbcXWMzgfiZwY9WXSmOoI4LJbRunGUfV
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBrTCCAVOgAwIBAgIUT5/SrJJEnJBKfCR1SYG2FPYfGr0wCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRaG9va3MuZXhhbXBsZS5jb20wIBcNMjYxMTIxMDk1ODM3WhgP
MjEyNjEwMjgwOTU4MzdaMBwxGjAYBgNVBAMMEWhvb2tzLmV4YW1wbGUuY29tMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2yQYVCZdcsQiibtWsSs6PVnDWsoNzWsJ
1HZiYQnB/yycrRaI5l0un423F1jM4H4mcGPVl0pjqCOCyW0bpxlH1aNxMG8wHQYD
VR0OBBYEFDY6/h9PBPH3xwBSPine7Rt2nCsCMB8GA1UdIwQYMBaAFDY6/h9PBPH3
xwBSPine7Rt2nCsCMA8GA1UdEwEB/wQFMAMBAf8wHAYDVR0RBBUwE4IRaG9va3Mu
ZXhhbXBsZS5jb20wCgYIKoZIzj0EAwIDSAAwRQIgeSEzes4VLf/jIaKt9nyDTNcf
SN8oS9BByCMn8bkh8+sCIQCp7FAIFeDAUjUe0ljUoNhst+kh4aEXIFXNeckeLRSq
pw==
-----END CERTIFICATE-----`,
}

const payload: NotificationPayload = {
  id: 'n1' as NotificationId,
  title: 'Grüße 👋',
  message: 'Hello',
  type: 'message',
  priority: 'normal',
  sender_id: null,
  created_at: '2026-01-01T00:00:00.000Z',
  expires_at: null,
  actions: [{ label: 'Open', action: 'open' }],
  resource_type: null,
  resource_id: null,
  metadata: {},
}

let receiver: WebhookReceiver

beforeEach(async () => {
  receiver = new WebhookReceiver()
  await receiver.listen()
})

afterEach(() => receiver.close())

function deliveryTo(target: string): OutgoingDelivery {
  return {
    id: 7,
    notificationId: payload.id,
    userId: 'ada' as UserId,
    route: 'webhook',
    target,
    payload,
    attemptedAtMs: NOW_MS,
  }
}

function url(host = '127.0.0.1', port = receiver.port): string {
  return `http://${host}:${port}/hook?x=1`
}

function post(
  target = url(),
  options: Partial<WebhookSenderOptions> = {},
  signal = new AbortController().signal,
): Promise<void> {
  const sender = createWebhookSender({
    secrets: [secret],
    allowedHosts: [new URL(target).host],
    ...options,
  })
  return sender.send(deliveryTo(target), signal)
}

async function failureOf(attempt: Promise<void>): Promise<DeliveryError> {
  const error: unknown = await attempt.then(
    () => 'it was sent',
    (thrown) => thrown,
  )
  expect(error).toBeInstanceOf(DeliveryError)
  return error as DeliveryError
}

describe('what is sent', () => {
  it('is the notification and whose it is, signed for the receiver to verify', async () => {
    await post()
    const [request] = receiver.requests
    expect(request).toMatchObject({
      method: 'POST',
      path: '/hook?x=1',
      headers: { 'content-type': 'application/json', host: `127.0.0.1:${receiver.port}` },
    })
    const { headers = {}, body = '' } = request ?? {}
    expect(JSON.parse(body)).toEqual({ ...payload, user_id: 'ada' })
    expect(verifyWebhook({ secrets: [secret], headers, body, nowMs: NOW_MS })).toEqual({
      ok: true,
      value: { id: 'n1_7', timestampMs: NOW_MS },
    })
    expect(verifyWebhook({ secrets: [next], headers, body, nowMs: NOW_MS }).ok).toBe(false)
  })

  it('is signed by each secret, so that one can replace the other', async () => {
    await post(url(), { secrets: [next, secret] })
    const { headers = {}, body = '' } = receiver.requests[0] ?? {}
    for (const known of [secret, next]) {
      expect(verifyWebhook({ secrets: [known], headers, body, nowMs: NOW_MS }).ok).toBe(true)
    }
  })

  it('has the same id on every attempt', async () => {
    await post()
    await post()
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual(['n1_7', 'n1_7'])
  })
})

describe('the answer', () => {
  it.each([200, 201, 202, 204, 299])('%i has taken it', async (status) => {
    receiver.answer = (response) => response.writeHead(status).end()
    await post()
  })

  it.each([
    [301, true],
    [304, true],
    [400, true],
    [401, true],
    [404, true],
    [410, true],
    [408, false],
    [425, false],
    [429, false],
    [500, false],
    [502, false],
    [503, false],
  ])('%i has not, for good: %s', async (status, isPermanent) => {
    receiver.answer = (response) => response.writeHead(status).end()
    const error = await failureOf(post())
    expect(error).toMatchObject({ isPermanent, message: `the receiver answered ${status}` })
  })

  it.each([
    [429, '120', 120_000],
    [503, '120', 120_000],
    [503, 'Fri, 02 Jan 2026 00:01:00 GMT', 60_000],
    [503, 'Thu, 01 Jan 2026 00:00:00 GMT', undefined],
    [503, 'soon', undefined],
    [503, '-5', undefined],
    [503, '9999999999', 9_999_999_999_000],
    [500, '120', undefined],
  ])('%i with Retry-After %s asks for a pause of %s ms', async (status, retryAfter, pauseMs) => {
    receiver.answer = (response) => response.writeHead(status, { 'retry-after': retryAfter }).end()
    expect((await failureOf(post())).retryAfterMs).toBe(pauseMs)
  })

  it('is never followed to somewhere else', async () => {
    const elsewhere = new WebhookReceiver()
    await elsewhere.listen()
    const location = url('127.0.0.1', elsewhere.port)
    for (const status of [301, 302, 303, 307, 308]) {
      receiver.answer = (response) => response.writeHead(status, { location }).end()
      expect(await failureOf(post())).toMatchObject({ isPermanent: true })
    }
    expect(elsewhere.connections).toBe(0)
    await elsewhere.close()
  })

  it('is not read to its end where it has none', async () => {
    let sentBytes = 0
    let isClosed = false
    const chunk = Buffer.alloc(65_536, 'x')
    const flood = (status: number) => {
      receiver.answer = (response) => {
        response.writeHead(status)
        const more = () => {
          while (!isClosed && sentBytes < 2 ** 30) {
            sentBytes += chunk.length
            if (!response.write(chunk)) return
          }
        }
        response.on('drain', more).on('close', () => {
          isClosed = true
        })
        more()
      }
    }
    flood(200)
    await post()
    await expect.poll(() => isClosed).toBe(true)
    isClosed = false
    flood(400)
    const error = await failureOf(post())
    expect(error.message).toHaveLength('the receiver answered 400: '.length + 200)
    await expect.poll(() => isClosed).toBe(true)
    expect(sentBytes).toBeLessThan(2 ** 26)
  })
})

describe('a receiver that does not answer', () => {
  it('is left when the time is over', async () => {
    receiver.answer = () => {}
    const attempt = post(url(), {}, AbortSignal.timeout(100))
    await expect(attempt).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(receiver.requests).toHaveLength(1)
  })

  it('has taken it where the status came and the body never ends', async () => {
    receiver.answer = (response) => response.writeHead(200).write('well')
    await post(url(), {}, AbortSignal.timeout(200))
  })

  it('has taken it before the body ends, though nobody ends the attempt', async () => {
    let isClosed = false
    receiver.answer = (response) => {
      response.writeHead(200).flushHeaders()
      response.on('close', () => {
        isClosed = true
      })
    }
    await post()
    await expect.poll(() => isClosed).toBe(true)
  })

  it('has refused it with its status, though the body never ends', async () => {
    receiver.answer = (response) => response.writeHead(410).write('gone')
    expect(await failureOf(post())).toMatchObject({
      isPermanent: true,
      message: 'the receiver answered 410: gone',
    })
  })

  it('is tried again where nobody listens', async () => {
    const target = url()
    await receiver.close()
    const error = await failureOf(post(target))
    expect(error).toMatchObject({ isPermanent: false })
    expect(error.message).toContain('ECONNREFUSED')
  })

  it('is tried again where it hangs up', async () => {
    receiver.answer = (response) => response.destroy()
    expect(await failureOf(post())).toMatchObject({ isPermanent: false })
  })
})

describe('the address', () => {
  it.each([
    ['by plain http', (port: number) => `http://127.0.0.1:${port}`],
    ['as IPv4', (port: number) => `https://127.0.0.1:${port}`],
    ['shortened', (port: number) => `https://127.1:${port}`],
    ['as one number', (port: number) => `https://2130706433:${port}`],
    ['as hexadecimal', (port: number) => `https://0x7f000001:${port}`],
    ['as octal', (port: number) => `https://0177.0.0.1:${port}`],
    ['as IPv6', (port: number) => `https://[::1]:${port}`],
    ['as IPv4 in IPv6', (port: number) => `https://[::ffff:127.0.0.1]:${port}`],
    ['by a name', (port: number) => `https://localhost:${port}`],
    ['with a password', (port: number) => `https://ada:secret@example.com:${port}`],
  ])('of this machine is refused for good, %s', async (_, target) => {
    const attempt = post(target(receiver.port), { allowedHosts: [] })
    expect(await failureOf(attempt)).toMatchObject({ isPermanent: true })
    expect(receiver.connections).toBe(0)
  })

  it('is refused for good where only one of several is not public', async () => {
    const resolve = async () => ['8.8.8.8', '10.0.0.1']
    const attempt = post('https://hooks.example.com', { allowedHosts: [], resolve })
    const error = await failureOf(attempt)
    expect(error.isPermanent).toBe(true)
    expect(error.message).toContain('hooks.example.com is at 10.0.0.1')
  })

  it('is the one that was looked up and judged, whatever the name means a moment later', async () => {
    const rebound = new WebhookReceiver()
    await rebound.listen('127.0.0.2', receiver.port)
    const answers = [['127.0.0.1'], ['127.0.0.2']]
    let lookups = 0
    const resolve = async () => answers[lookups++] ?? []
    await post(url('rebinding.example.com'), { resolve })
    expect(lookups).toBe(1)
    expect(rebound.connections).toBe(0)
    expect(receiver.requests[0]?.headers.host).toBe(`rebinding.example.com:${receiver.port}`)
    await rebound.close()
  })

  it('is the next one of the name where nobody listens at the first', async () => {
    const resolve = async () => ['127.0.0.3', '127.0.0.1']
    await post(url('two.example.com'), { resolve })
    expect(receiver.requests).toHaveLength(1)
  })

  it.each([
    ['cannot be looked up', () => Promise.reject(new Error('EAI_AGAIN'))],
    ['has none', async () => []],
  ])('is looked up again later where the name %s', async (_, resolve) => {
    const error = await failureOf(post('https://hooks.example.com', { resolve }))
    expect(error.isPermanent).toBe(false)
  })
})

describe('by https', () => {
  let secure: WebhookReceiver

  beforeEach(async () => {
    secure = new WebhookReceiver(tls)
    await secure.listen()
    setDefaultCACertificates([tls.cert])
  })

  afterEach(() => secure.close())

  const resolve = async () => ['127.0.0.1']
  const securely = (host: string) => post(`https://${host}:${secure.port}/hook`, { resolve })

  it('asks for the certificate of the name, at the address of the lookup', async () => {
    await securely('hooks.example.com')
    expect(secure.requests).toMatchObject([{ path: '/hook' }])
  })

  it('sends nothing to who cannot prove the name', async () => {
    const error = await failureOf(securely('other.example.com'))
    expect(error).toMatchObject({ isPermanent: false })
    expect(secure.requests).toHaveLength(0)
  })
})
