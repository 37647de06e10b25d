/** Says that a server does not offer the measured feature. */
export class NotServedError extends Error {
  override readonly name = 'NotServedError'
}
