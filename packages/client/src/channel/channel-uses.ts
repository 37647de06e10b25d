import type { ChannelOptions } from './channel.ts'

/** What a join asks for, but for presence. */
export type JoinOptions = Omit<ChannelOptions, 'presence'>

/**
 * Counts who uses a channel, and adds up what they ask for.
 *
 * Those who hold a use are told apart. Those who subscribe are not, since the
 * channel is one object: of the calls of `client.channel()` each can subscribe
 * once, so that who subscribes again has not become two.
 */
export class ChannelUses {
  readonly #held = new Map<object, ChannelOptions>()
  /** What the server granted last. */
  #granted = { options: {} as ChannelOptions, held: new Map<object, ChannelOptions>() }
  #handedOut = 0
  #subscribers = 0
  /** What was asked for by `client.channel()`, and what of it holds once the channel was left. */
  #options: ChannelOptions = {}
  #later: ChannelOptions = {}
  /** True once the channel was left or refused: what was asked for may be taken back. */
  #mayReplace = true
  #password: string | undefined
  #isOpen = false

  /** True when nobody uses the channel. */
  get isEmpty(): boolean {
    return this.#subscribers === 0 && this.#held.size === 0
  }

  /** True from the server's yes until the channel is left or refused. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** What all ask for together. */
  get options(): JoinOptions {
    let sum = added(this.#options, {})
    for (const options of this.#held.values()) sum = added(sum, options)
    return { ...sum, ...(this.#password !== undefined && { password: this.#password }) }
  }

  /** True when one of those who hold a use takes part in presence. */
  get holdsPresence(): boolean {
    return [...this.#held.values()].some(({ presence }) => presence)
  }

  /** The part in presence that was asked for by `client.channel()`. */
  get presence(): ChannelOptions['presence'] {
    return this.#options.presence
  }

  /** Notes that the channel was handed out once more. */
  handOut(): void {
    this.#handedOut += 1
  }

  /** Takes options of `client.channel()`: they add up, and replace once the channel was left. */
  configure(options: ChannelOptions): void {
    const { password } = options
    if (password !== undefined) this.#offer(password)
    if (Object.keys(options).length === 0) return
    this.#later = { ...this.#later, ...options }
    const before = this.#options
    this.#options = { ...before, ...options }
    if (!this.#mayReplace) {
      const presence = options.presence || before.presence
      Object.assign(this.#options, added(before, options), presence && { presence })
    }
    this.#mayReplace = false
  }

  /** Counts one who subscribes. */
  subscribe(): void {
    if (this.#subscribers === 0 || this.#subscribers < this.#handedOut) this.#subscribers += 1
  }

  /** Stops counting one who subscribed. */
  unsubscribe(): void {
    if (this.#subscribers > 0) this.#subscribers -= 1
    if (this.#subscribers === 0) this.#handedOut = 0
  }

  /** Counts who holds a use, or takes what they ask for now. */
  hold(use: object, options: ChannelOptions): void {
    // The channel that they got to hold it is not for another subscriber.
    if (!this.#held.has(use)) {
      this.#handedOut = Math.max(this.#subscribers, this.#handedOut - 1)
    }
    const recent = this.#held.get(use)?.recent
    this.#held.set(use, { ...(recent !== undefined && { recent }), ...options })
    if (options.password !== undefined) this.#offer(options.password)
  }

  /** True while somebody holds this use. */
  isHeld(use: object): boolean {
    return this.#held.has(use)
  }

  /** Stops counting who held a use. */
  release(use: object): void {
    this.#held.delete(use)
  }

  /** Notes that the server took the join: its password opens the channel until it is left. */
  opened(): void {
    this.#isOpen = true
    this.#granted = { options: this.#options, held: new Map(this.#held) }
  }

  /** Takes back what these asked for since the server took a join. */
  takeBack(uses: readonly (object | undefined)[]): void {
    this.#options = this.#granted.options
    for (const use of uses) {
      if (use && this.#held.has(use)) this.#held.set(use, this.#granted.held.get(use) ?? {})
    }
  }

  /** Notes that the server refused: who subscribed was told, and subscribes again or not. */
  refused(): void {
    this.#subscribers = 0
    this.#end()
  }

  /** Notes that the channel was left. */
  left(): void {
    this.#end()
    this.#password = this.#options.password
  }

  #end(): void {
    this.#isOpen = false
    this.#mayReplace = true
    this.#options = this.#later
  }

  #offer(password: string): void {
    if (!this.#isOpen) this.#password = password
  }
}

function added(before: ChannelOptions, options: ChannelOptions): JoinOptions {
  const { presence: _, password: __, ...sum } = before
  const { recent, state, initialState } = options
  return {
    ...sum,
    ...(recent !== undefined && { recent: Math.max(recent, sum.recent ?? 0) }),
    ...(state !== undefined && { state: state || sum.state === true }),
    // The first who comes brings it.
    ...(initialState !== undefined && { initialState: sum.initialState ?? initialState }),
  }
}
