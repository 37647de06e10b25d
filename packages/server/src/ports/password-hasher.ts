/** Turns passwords into something that can be kept. */
export interface PasswordHasher {
  /** Returns a text from which the password cannot be found. */
  hash(password: string): Promise<string>
  /** Tells whether a password is the one that was hashed, in a time that says nothing more. */
  verify(password: string, hash: string): Promise<boolean>
}
