/** What a dialect needs of a session. */
export interface DialectSession {
  readonly client: { send(...texts: string[]): void }
  /** The text of the newest event, where it is kept. */
  readonly lastDelivery: string
  /** Resolves with the next text that is not an event and begins like this. */
  control(beginning: string): Promise<string>
}

/** How one kind of server is talked to. */
export interface Dialect {
  /** The path of its WebSockets. */
  readonly path: string
  /** Resolves when the server has greeted. */
  open(session: DialectSession): Promise<void>
  /** Resolves when the session is in all channels. */
  subscribe(session: DialectSession, channels: readonly string[]): Promise<void>
  /** Writes an event to be published and acknowledged; at most once, where it has a message id. */
  publish(id: string, channel: string, payload: string, messageId?: string): string
  /** True when the text that begins here acknowledges an event. */
  isAck(data: Buffer, start: number): boolean
  isRefusal(text: string): boolean
  /** Returns what to answer, where the text is a ping. */
  answerToPing(text: string): string | undefined
  /** Joins presence in a channel and follows it; resolves when the server has sent the users present. */
  joinPresence?(session: DialectSession, channel: string, name: string): Promise<void>
  /** Returns what a session needs to come back with; undefined where nobody can. */
  resumePoint?(session: DialectSession): string
  /** Comes back with it, in place of `open` and `subscribe`; what was missed follows. */
  resume?(session: DialectSession, channel: string, point: string): Promise<void>
}
