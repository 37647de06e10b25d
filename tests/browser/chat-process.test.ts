import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { decodeJwt, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPage, ChatProcess, runChat } from './chat-process.ts'

const MAX_NAME_CHARACTERS = 40

interface Answer {
  readonly token: string
  readonly user_id: string
  readonly expires_at: string
  readonly error?: { readonly code: string; readonly message: string }
}

describe('the chat as a process', () => {
  let chat: ChatProcess

  beforeAll(async () => {
    buildPage()
    chat = new ChatProcess()
    await chat.start()
  })

  afterAll(() => chat?.dispose())

  async function postSession(body: string): Promise<{ status: number; answer: Answer }> {
    const response = await fetch(`${chat.url}/session`, { method: 'POST', body })
    return { status: response.status, answer: (await response.json()) as Answer }
  }

  it('gives who says a name a token that proves it', async () => {
    const { status, answer } = await postSession(JSON.stringify({ name: '  Ada  ' }))
    expect(status).toBe(200)
    expect(decodeJwt(answer.token)).toMatchObject({ sub: answer.user_id, user: { name: 'Ada' } })
    expect(Date.parse(answer.expires_at)).toBeGreaterThan(Date.now())
  })

  it.each([
    ['', 'send JSON'],
    ['[', 'send JSON'],
    ['{}', '"name" is missing'],
    ['{"name": 7}', '"name" is missing'],
    ['{"name": "  "}', 'at least one character'],
    ['{"name": "\\u200b"}', 'at least one character'],
    ['{"name": "a\\u0000b"}', 'control characters'],
    [JSON.stringify({ name: 'x'.repeat(MAX_NAME_CHARACTERS + 1) }), 'at most 40 characters'],
  ])('says what is wrong with %j', async (body, problem) => {
    const { status, answer } = await postSession(body)
    expect(status).toBe(400)
    expect(answer.error).toMatchObject({
      code: 'invalid_payload',
      message: expect.stringContaining(problem),
    })
  })

  it('takes no request of any size', async () => {
    const { status } = await postSession(JSON.stringify({ name: 'x'.repeat(10_000) }))
    expect(status).toBe(413)
  })

  it('keeps the user id of who shows an old token, and of nobody else', async () => {
    const name = 'Ada'
    const secret = readFileSync(join(chat.dataDir, 'chat-secret'))
    const sign = (key: Uint8Array): Promise<string> =>
      new SignJWT()
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject('ada-1')
        .setExpirationTime('-1h')
        .sign(key)
    const old = await postSession(JSON.stringify({ name, token: await sign(secret) }))
    expect(old.answer.user_id).toBe('ada-1')
    const forged = await sign(new TextEncoder().encode('another secret of the same length'))
    const other = await postSession(JSON.stringify({ name, token: forged }))
    expect(other.answer.user_id).not.toBe('ada-1')
  })

  it('serves the page under a policy that lets nothing foreign in', async () => {
    const response = await fetch(chat.url)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('<title>Coterie</title>')
    const policy = response.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toContain('unsafe')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    const tag = response.headers.get('etag') ?? ''
    const again = await fetch(chat.url, { headers: { 'If-None-Match': tag } })
    expect(again.status).toBe(304)
    expect((await fetch(`${chat.url}/main.ts`)).status).toBe(404)
    expect((await fetch(`${chat.url}/health/ready`)).status).toBe(200)
  })

  it('says goodbye, exits with 0, and prints nothing but its address', async () => {
    const { url, dataDir } = chat
    // A reader of the secret can impersonate any user.
    expect(statSync(join(dataDir, 'chat-secret')).mode & 0o777).toBe(0o600)
    expect(await chat.stop('SIGINT')).toMatchObject({ code: 0, stdout: `ready ${url}\n` })
    await chat.start()
  })

  it('names a port that is in use, and an invalid one', async () => {
    const taken = await runChat({ PORT: String(chat.port), COTERIE_DATA_DIR: chat.dataDir })
    expect(taken).toMatchObject({ code: 1, stdout: '' })
    expect(taken.stderr).toContain(`port ${chat.port} on 127.0.0.1 is already in use`)
    const none = await runChat({ PORT: 'eighty', COTERIE_DATA_DIR: chat.dataDir })
    expect(none).toMatchObject({ code: 1, stdout: '' })
    expect(none.stderr).toContain('PORT is "eighty"')
  })
})
