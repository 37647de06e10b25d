import {
  checkFunctions,
  checkOption,
  checkOptionsObject,
  createOptionError,
  showValue,
} from '@coterie/protocol'
import { createTransport, type Transporter } from 'nodemailer'
import { z } from 'zod'
import {
  DeliveryError,
  type NotificationSender,
  type OutgoingDelivery,
} from '../../ports/notification-sender.ts'
import { type MailContent, renderMail } from './render-mail.ts'
import { smtpFailure } from './smtp-failure.ts'

const MAX_ADDRESS_CHARACTERS = 254
const SOCKET_TIMEOUT_MS = 10_000
const address = z.email().max(MAX_ADDRESS_CHARACTERS)
const DOMAIN_OF_ADDRESS = /@([A-Za-z0-9.-]+)>?\s*$/

/** Where mails are handed over. */
export type SmtpServer =
  /** `smtp://user:password@host:587`, or `smtps://…:465`; query parameters are options of nodemailer. */
  | { readonly url: string; readonly transport?: never }
  /** A transport of nodemailer that the application made, and closes. */
  | { readonly transport: Transporter; readonly url?: never }

/** Options of a sender of e-mail. */
export type SmtpSenderOptions = SmtpServer & {
  /** `noreply@example.com`, or `Example <noreply@example.com>`. */
  readonly from: string
  /** Writes a mail of a notification. @default `renderMail` */
  readonly render?: (delivery: OutgoingDelivery) => MailContent | Promise<MailContent>
}

/**
 * Makes a sender that mails notifications, by nodemailer.
 *
 * Every attempt at one delivery has the same `Message-ID`, by which mailboxes
 * recognise a mail that they have already.
 *
 * @throws {TypeError} for a bad option, naming it
 * @example
 * const sender = createSmtpSender({ url: 'smtps://user:password@mail.example.com', from: 'noreply@example.com' })
 */
export function createSmtpSender(options: SmtpSenderOptions): NotificationSender {
  return new SmtpSender(options)
}

class SmtpSender implements NotificationSender {
  readonly route = 'email'
  readonly #options: SmtpSenderOptions
  readonly #transport: Transporter
  readonly #domain: string

  constructor(options: SmtpSenderOptions) {
    checkSenderOptions(options)
    const domain = DOMAIN_OF_ADDRESS.exec(options.from)?.[1]
    if (domain === undefined) {
      throw new TypeError(
        '"from": expected a text that ends with an address, such as Example <noreply@example.com>',
      )
    }
    this.#domain = domain
    this.#options = options
    this.#transport = options.transport ?? transportTo(options.url)
  }

  targetProblem(target: string): string | undefined {
    return address.safeParse(target).success
      ? undefined
      : 'expected an e-mail address, such as ada@example.com'
  }

  async send(delivery: OutgoingDelivery, signal: AbortSignal): Promise<void> {
    const { id, notificationId, target } = delivery
    const problem = this.targetProblem(target)
    if (problem !== undefined) throw new DeliveryError(problem, { isPermanent: true })
    const { subject, text, html } = await (this.#options.render ?? renderMail)(delivery)
    try {
      await this.#transport.sendMail({
        from: this.#options.from,
        // Not as text, of which a parser could make several recipients.
        to: { name: '', address: target },
        subject,
        text,
        ...(html !== undefined && { html }),
        messageId: `<${notificationId}.${id}@${this.#domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
        signal,
      })
    } catch (error) {
      signal.throwIfAborted()
      throw smtpFailure(error)
    }
  }

  close(): void {
    if (!this.#options.transport) this.#transport.close()
  }
}

function checkSenderOptions(options: SmtpSenderOptions): void {
  checkOptionsObject('createSmtpSender', options)
  const { from, render, transport, url } = options
  checkOption('from', from, typeof from === 'string', 'an address, such as noreply@example.com')
  if (render !== undefined)
    checkOption('render', render, typeof render === 'function', 'a function')
  if (transport !== undefined) checkFunctions('transport', transport, ['sendMail'])
  if (transport !== undefined || (typeof url === 'string' && /^smtps?:/.test(url))) return
  // It may hold a password.
  const shown = typeof url === 'string' ? 'this text' : showValue(url)
  throw createOptionError('url', shown, 'an address as smtps://user:password@host, or a transport')
}

function transportTo(url: string): Transporter {
  return createTransport({
    url,
    connectionTimeout: SOCKET_TIMEOUT_MS,
    greetingTimeout: SOCKET_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
  })
}
