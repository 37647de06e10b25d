import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { onTestFinished } from 'vitest'

type SigningKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey']

/** Who signs tokens and publishes the keys to verify them with, as identity providers do. */
export class KeyIssuer {
  readonly #keys = new Map<string, { jwk: object; privateKey: SigningKey; alg: string }>()
  readonly #published = new Set<string>()
  readonly #server = createServer((_, response) => {
    this.asked += 1
    this.answer(response)
  })
  #port = 0
  /** How often it was asked for its keys. */
  asked = 0
  /** What it answers; the published keys unless a test says otherwise. */
  answer = (response: ServerResponse): void => {
    const keys = [...this.#published].map((kid) => this.#keys.get(kid)?.jwk)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ keys }))
  }

  /** Starts an issuer for as long as the current test runs. */
  static async start(): Promise<KeyIssuer> {
    const issuer = new KeyIssuer()
    await issuer.listen()
    onTestFinished(() => issuer.close())
    return issuer
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/keys`
  }

  /** Answers, on the same port as before. */
  listen(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(this.#port, '127.0.0.1', () => {
        this.#port = (this.#server.address() as AddressInfo).port
        resolve()
      })
    })
  }

  /** Answers nobody any more. */
  close(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  /** Makes a key; it is not published yet. */
  async addKey(kid: string, alg: string): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }
    this.#keys.set(kid, { jwk, privateKey, alg })
  }

  /** Publishes these keys and no others. */
  publish(...kids: string[]): void {
    this.#published.clear()
    for (const kid of kids) this.#published.add(kid)
  }

  /** Signs a token that is good for an hour. */
  sign(kid: string, claims: JWTPayload = {}): Promise<string> {
    const key = this.#keys.get(kid)
    if (!key) throw new Error(`no key ${kid}`)
    return new SignJWT({ sub: 'ada', iss: 'https://id.example', aud: 'chat', ...claims })
      .setProtectedHeader({ alg: key.alg, kid })
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(key.privateKey)
  }
}
