export { type MailContent, renderMail } from './render-mail.ts'
export { createSmtpSender, type SmtpSenderOptions, type SmtpServer } from './smtp-sender.ts'
