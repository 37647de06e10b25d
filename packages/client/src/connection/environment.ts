/** What the client needs from a WebSocket; the platform's own fits. */
export interface SocketLike {
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null
  onerror: ((event: unknown) => void) | null
  /** Called for every sign of life; absent where messages alone show that the socket lives. */
  onlife?: (() => void) | null
  send(text: string): void
  /** Starts closing; the socket may report the close later. */
  close(code?: number, reason?: string): void
}

/** What the client passes to `fetch`. */
export interface FetchRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
}

/** What the client needs from a response of `fetch`; the platform's own fits. */
export interface FetchResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  /** Null when the platform cannot stream. */
  readonly body: {
    getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array }> }
  } | null
  text(): Promise<string>
}

/** Tells the time and sets timers. */
export interface ClientClock {
  /** Wall time, in ms since 1970. */
  now(): number
  /** Monotonic time in ms, from any starting point. @default `now` */
  elapsed?(): number
  /** Runs a function once after a delay in ms; the returned function cancels it. */
  setTimer(run: () => void, delayMs: number): () => void
}

/** The outside world of a client: time, randomness, the network and the page. */
export interface ClientEnvironment {
  readonly clock: ClientClock
  /** The base of a relative `url`, such as `https://example.org`. */
  readonly origin?: string | undefined
  /** Returns a number from 0 (included) to 1 (excluded). */
  random(): number
  /** Starts to open a socket. */
  createSocket(url: string, protocols: string[]): SocketLike
  /** Sends a request; resolves with the response head, rejects when there is none. */
  fetch(url: string, request: FetchRequest): Promise<FetchResponse>
  /** Calls back when the network or the page returns; the returned function stops that. */
  onWake(run: () => void): () => void
  /** Calls back when the platform reports that it is offline; the returned function stops that. */
  onOffline(run: () => void): () => void
  /** Reports errors that handlers threw. */
  reportError(error: unknown): void
}
