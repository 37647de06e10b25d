import type { ChannelOptions } from './channel.ts'

/** The options of a join, except presence. */
export type JoinOptions = Omit<ChannelOptions, 'presence'>

/**
 * Counts the users of a channel and combines their options.
 *
 * Holders of a use are told apart. Subscribers are not, because the channel is
 * one object: each call of `client.channel()` allows one subscription, so that
 * a user who subscribes twice is counted once.
 */
export class ChannelUses {
  readonly #held = new Map<object, ChannelOptions>()
  /** What the server accepted last. */
  #granted = { options: {} as ChannelOptions, held: new Map<object, ChannelOptions>() }
  #handedOut = 0
  #subscribers = 0
  /** The options of `client.channel()`, and which of them still apply after leaving. */
  #options: ChannelOptions = {}
  #later: ChannelOptions = {}
  /** True after the channel was left or refused: options may then be replaced. */
  #mayReplace = true
  #password: string | undefined
  #isOpen = false

  /** True when nobody uses the channel. */
  get isEmpty(): boolean {
    return this.#subscribers === 0 && this.#held.size === 0
  }

  /** True from the server's acceptance until the channel is left or refused. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** The combined options of all users. */
  get options(): JoinOptions {
    let sum = added(this.#options, {})
    for (const options of this.#held.values()) sum = added(sum, options)
    return { ...sum, ...(this.#password !== undefined && { password: this.#password }) }
  }

  /** True when a holder of a use takes part in presence. */
  get holdsPresence(): boolean {
    return [...this.#held.values()].some(({ presence }) => presence)
  }

  /** The presence option that `client.channel()` was given. */
  get presence(): ChannelOptions['presence'] {
    return this.#options.presence
  }

  /** Notes that `client.channel()` returned the channel once more. */
  handOut(): void {
    this.#handedOut += 1
  }

  /** Takes options of `client.channel()`: they add up, and replace after leaving. */
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

  /** Counts a subscriber. */
  subscribe(): void {
    if (this.#subscribers === 0 || this.#subscribers < this.#handedOut) this.#subscribers += 1
  }

  /** Stops counting a subscriber. */
  unsubscribe(): void {
    if (this.#subscribers > 0) this.#subscribers -= 1
    if (this.#subscribers === 0) this.#handedOut = 0
  }

  /** Counts the holder of a use, or replaces the options of one. */
  hold(use: object, options: ChannelOptions): void {
    // The `client.channel()` call that served to hold the use allows no further subscription.
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

  /** Stops counting the holder of a use. */
  release(use: object): void {
    this.#held.delete(use)
  }

  /** Notes that the server accepted the join: its password holds until the channel is left. */
  opened(): void {
    this.#isOpen = true
    this.#granted = { options: this.#options, held: new Map(this.#held) }
  }

  /** Takes back what these uses asked for since the server accepted a join. */
  takeBack(uses: readonly (object | undefined)[]): void {
    this.#options = this.#granted.options
    for (const use of uses) {
      if (use && this.#held.has(use)) this.#held.set(use, this.#granted.held.get(use) ?? {})
    }
  }

  /** Notes that the server refused: subscribers were told and may subscribe again. */
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
    // The first user's initial state applies.
    ...(initialState !== undefined && { initialState: sum.initialState ?? initialState }),
  }
}
