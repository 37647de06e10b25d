/** Says that a server does not offer what is measured. */
export class NotServedError extends Error {
  override readonly name = 'NotServedError'
}
