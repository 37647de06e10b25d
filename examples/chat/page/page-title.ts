/** Names the room in the window's title, and how much happened while nobody looked. */
export class PageTitle {
  #room = ''
  #unseen = 0

  constructor() {
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState !== 'visible') return
      this.#unseen = 0
      this.#show()
    })
  }

  open(room: string): void {
    this.#room = room
    this.#unseen = 0
    this.#show()
  }

  /** Counts a message, if nobody looks. */
  arrived(): void {
    if (document.visibilityState === 'visible') return
    this.#unseen += 1
    this.#show()
  }

  #show(): void {
    const count = this.#unseen > 0 ? `(${this.#unseen}) ` : ''
    document.title = `${count}#${this.#room} · Coterie`
  }
}
