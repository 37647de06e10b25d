/** What the client needs of a WebSocket; the platform's own fits. */
export interface SocketLike {
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null
  onerror: ((event: unknown) => void) | null
  /** Called for every sign of life, where messages alone do not show it; absent where they do. */
  onlife?: (() => void) | null
  send(text: string): void
  /** Starts closing; the socket may take its time to say that it has closed. */
  close(code?: number, reason?: string): void
}

/** What the client asks of `fetch`. */
export interface FetchRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
}

/** What the client needs of an answer to `fetch`; the platform's own fits. */
export interface FetchResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  /** Null where the platform cannot stream. */
  readonly body: {
    getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array }> }
  } | null
  text(): Promise<string>
}

/** Tells time and waits. */
export interface ClientClock {
  /** Wall time, in ms since 1970. */
  now(): number
  /** Time that only goes forward, in ms since any moment. @default `now` */
  elapsed?(): number
  /** Runs a function once after a delay in ms; the returned function cancels it. */
  setTimer(run: () => void, delayMs: number): () => void
}

/** Everything a client takes from outside: time, chance, the network and the page. */
export interface ClientEnvironment {
  readonly clock: ClientClock
  /** What a relative `url` stands on, such as `https://example.org`. */
  readonly origin?: string | undefined
  /** A number from 0 up to, not including, 1. */
  random(): number
  /** Starts to open a socket. */
  createSocket(url: string, protocols: string[]): SocketLike
  /** Sends a request; resolves with the head of the answer, rejects when none comes. */
  fetch(url: string, request: FetchRequest): Promise<FetchResponse>
  /** Calls back when the network or the page is back; the returned function ends it. */
  onWake(run: () => void): () => void
  /** Calls back when the platform reports that it is offline; the returned function ends it. */
  onOffline(run: () => void): () => void
  /** Takes errors that handlers threw. */
  reportError(error: unknown): void
}
