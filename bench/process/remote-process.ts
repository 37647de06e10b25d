import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** How long a process may take to end by itself, in ms. */
const STOP_TIMEOUT_MS = 10_000

/** What a process answers to, by name. */
export type Commands<Names> = { [Name in keyof Names]: (argument: never) => unknown }

/** One command on its way to a process. */
export interface Call {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

/** What became of a call. */
export interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: { readonly name: string; readonly message: string }
}

/** An error that a process answered with, under its own name. */
export class RemoteError extends Error {
  constructor(error: { readonly name: string; readonly message: string }) {
    super(error.message)
    this.name = error.name
  }
}

/** A child process that is asked by name and answers. */
export class RemoteProcess<Names extends Commands<Names>> {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #exited: Promise<unknown>
  #lastId = 0

  /** @param flags of Node itself, beside those that this process has */
  constructor(module: URL, flags: readonly string[] = []) {
    this.#child = fork(module, {
      execArgv: [...process.execArgv, ...flags],
      stdio: ['ignore', 2, 2, 'ipc'],
    })
    this.#exited = once(this.#child, 'exit')
    this.#child.on('message', (answer: Answer) => this.#settle(answer))
    this.#child.on('exit', (status, signal) => {
      const error = new Error(`a process of the benchmark ended early: ${signal ?? status}`)
      for (const { reject } of this.#waiting.values()) reject(error)
      this.#waiting.clear()
    })
  }

  /** Sends a command and resolves with its answer. */
  call<Name extends keyof Names & string>(
    name: Name,
    argument: Parameters<Names[Name]>[0],
  ): Promise<Awaited<ReturnType<Names[Name]>>> {
    this.#lastId += 1
    const id = this.#lastId
    const waiting = Promise.withResolvers<unknown>()
    this.#waiting.set(id, waiting)
    this.#child.send({ id, name, argument } satisfies Call)
    return waiting.promise as Promise<Awaited<ReturnType<Names[Name]>>>
  }

  /** Lets the process end by itself, and kills it where it does not. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    if (this.#child.connected) this.#child.disconnect()
    await this.#exited
    clearTimeout(timer)
  }

  #settle({ id, value, error }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error) waiting?.reject(new RemoteError(error))
    else waiting?.resolve(value)
  }
}
