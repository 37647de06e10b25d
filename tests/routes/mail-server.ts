import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

/** A mail as a server took it. */
export interface ReceivedMail {
  readonly from: string
  readonly recipients: readonly string[]
  /** Its head and body, as they were sent. */
  readonly source: string
}

/** When a mail server refuses, and with which reply code. */
export interface MailRefusals {
  login?: number
  recipient?: number
  content?: number
}

/** A mail server on this machine, that refuses as a test says. */
export class MailServer {
  readonly mails: ReceivedMail[] = []
  readonly refusals: MailRefusals = {}
  /** Takes connections and recipients, but never says that it has the mail. */
  isHanging = false
  readonly #server: SMTPServer

  constructor() {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: (_login, _session, callback) => {
        callback(refusal(this.refusals.login), { user: 'hub' })
      },
      onRcptTo: (_address, _session, callback) => callback(refusal(this.refusals.recipient)),
      onData: async (stream, { envelope }, callback) => {
        const source = await text(stream)
        if (this.isHanging) return
        const error = refusal(this.refusals.content)
        if (error === null) {
          const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
          this.mails.push({
            from,
            recipients: envelope.rcptTo.map(({ address }) => address),
            source,
          })
        }
        callback(error)
      },
    })
    // A sender that gives up hangs up in the middle.
    this.#server.on('error', () => {})
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server.server, 'listening')
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(resolve))
  }
}

function refusal(code: number | undefined): Error | null {
  return code === undefined ? null : Object.assign(new Error('not now'), { responseCode: code })
}
