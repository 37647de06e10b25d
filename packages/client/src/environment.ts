/** What the client needs of a WebSocket; the platform's own fits. */
export interface SocketLike {
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null
  onerror: ((event: unknown) => void) | null
  send(text: string): void
  /** Starts closing; the socket may take its time to say that it has closed. */
  close(code?: number, reason?: string): void
}

/** Tells time and waits. */
export interface ClientClock {
  /** Wall time, in ms since 1970. */
  now(): number
  /** Runs a function once after a delay in ms; the returned function cancels it. */
  setTimer(run: () => void, delayMs: number): () => void
}

/** Everything a client takes from outside: time, chance, sockets and the page. */
export interface ClientEnvironment {
  readonly clock: ClientClock
  /** What a relative `url` stands on, such as `https://example.org`. */
  readonly origin?: string | undefined
  /** A number from 0 up to, not including, 1. */
  random(): number
  /** Starts to open a socket. */
  createSocket(url: string, protocols: string[]): SocketLike
  /** Calls back when the network or the page is back; the returned function ends it. */
  onWake(run: () => void): () => void
  /** Takes errors that handlers threw. */
  reportError(error: unknown): void
}
