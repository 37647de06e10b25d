interface Job<Outcome> {
  readonly start: () => Outcome | Promise<Outcome>
  readonly finish: (outcome: Outcome) => void
  readonly isBarrier: boolean
  isStarted: boolean
  outcome: { readonly value: Outcome } | undefined
}

/**
 * Keeps the answers for one channel of one connection in the order of arrival.
 *
 * Work starts as soon as it arrives, so that many publishes share one commit;
 * only a barrier (a subscribe or unsubscribe) holds back the work after it.
 */
export class FrameLane<Outcome> {
  readonly #jobs: Job<Outcome>[] = []
  readonly #onIdle: () => void

  constructor(onIdle: () => void) {
    this.#onIdle = onIdle
  }

  /** Adds work; its outcome is finished after the outcomes of all earlier work. */
  add(
    start: () => Outcome | Promise<Outcome>,
    finish: (outcome: Outcome) => void,
    isBarrier: boolean,
  ): void {
    this.#jobs.push({ start, finish, isBarrier, isStarted: false, outcome: undefined })
    this.#startAllowed()
    this.#finishLeading()
  }

  #startAllowed(): void {
    for (const job of this.#jobs) {
      if (!job.isStarted) this.#start(job)
      if (job.isBarrier && !job.outcome) return
    }
  }

  #start(job: Job<Outcome>): void {
    job.isStarted = true
    const result = job.start()
    if (!(result instanceof Promise)) {
      job.outcome = { value: result }
      return
    }
    void result.then((value) => {
      job.outcome = { value }
      this.#finishLeading()
      this.#startAllowed()
      this.#finishLeading()
    })
  }

  #finishLeading(): void {
    if (this.#jobs.length === 0) return
    for (let job = this.#jobs[0]; job?.outcome; job = this.#jobs[0]) {
      this.#jobs.shift()
      job.finish(job.outcome.value)
    }
    if (this.#jobs.length === 0) this.#onIdle()
  }
}
