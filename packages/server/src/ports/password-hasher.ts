/** Turns passwords into something that can be kept. */
export interface PasswordHasher {
  /** Calls that may be under way at once; more would keep others waiting. @default 1 */
  readonly concurrent?: number
  /** Returns a text from which the password cannot be found. */
  hash(password: string): Promise<string>
  /** Tells whether a password is the one that was hashed, in a time that says nothing more. */
  verify(password: string, hash: string): Promise<boolean>
}
