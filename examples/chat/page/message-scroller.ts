import { find, setText } from './element.ts'

const END_TOLERANCE_PX = 48

/** What is known of messages older than those shown. */
export type EarlierState = 'unknown' | 'more' | 'loading' | 'failed' | 'none'

const EARLIER_LABELS: Readonly<Record<EarlierState, string>> = {
  unknown: '',
  more: 'Show earlier messages',
  loading: 'Loading…',
  failed: 'Could not load earlier messages. Try again',
  none: '',
}

/** What the reader does. */
export interface ScrollerEvents {
  /** The reader comes near the oldest message. */
  onNearStart(): void
}

/** Keeps the newest message in view, unless the reader looks at older ones. */
export class MessageScroller {
  readonly #root = find(document, '#scroller', HTMLElement)
  readonly #column = find(document, '#scroller .column', HTMLElement)
  readonly #newer = find(document, '#newer', HTMLButtonElement)
  readonly #earlier = find(document, '#earlier', HTMLButtonElement)
  readonly #beginning = find(document, '#beginning', HTMLElement)
  readonly #nearStart: IntersectionObserver
  // Remembered, because measuring for each of many new messages is slow.
  #isAtEnd = true
  #unseen = 0

  constructor({ onNearStart }: ScrollerEvents) {
    // Not every browser lets the keyboard scroll what cannot take the focus.
    this.#root.tabIndex = 0
    this.#root.addEventListener('scroll', () => this.#scrolled(), { passive: true })
    this.#newer.addEventListener('click', () => {
      this.toEnd()
      this.#root.focus({ preventScroll: true })
    })
    this.#earlier.addEventListener('click', onNearStart)
    // Before the next frame is painted, so that nothing is seen to jump.
    const resized = new ResizeObserver(() => {
      if (this.#isAtEnd) this.#jumpToEnd()
    })
    resized.observe(this.#root)
    resized.observe(this.#column)
    this.#nearStart = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) onNearStart()
      },
      { root: this.#root, rootMargin: '240px 0px 0px' },
    )
  }

  /** Brings the newest message into view and keeps it there. */
  toEnd(): void {
    this.#isAtEnd = true
    this.#forgetUnseen()
    this.#jumpToEnd()
  }

  /** Counts a message that came while the reader looked at older ones. */
  arrived(): void {
    if (this.#isAtEnd) return
    this.#unseen += 1
    const label = this.#unseen === 1 ? '1 new message' : `${this.#unseen} new messages`
    setText(this.#newer, `${label} ↓`)
    this.#newer.hidden = false
  }

  /** Runs what adds older messages, and leaves in view what is in view. */
  keepPlace(addOlder: () => void): void {
    const fromEnd = this.#root.scrollHeight - this.#root.scrollTop
    addOlder()
    if (!this.#isAtEnd) this.#root.scrollTop = this.#root.scrollHeight - fromEnd
  }

  /** Shows whether there are older messages, and asks for them if their place is in view. */
  showEarlier(state: EarlierState): void {
    this.#nearStart.disconnect()
    this.#earlier.hidden = state === 'none' || state === 'unknown'
    this.#earlier.disabled = state === 'loading'
    setText(this.#earlier, EARLIER_LABELS[state])
    this.#beginning.hidden = state !== 'none'
    if (state === 'more') this.#nearStart.observe(this.#earlier)
  }

  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#root
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < END_TOLERANCE_PX
    if (this.#isAtEnd) this.#forgetUnseen()
  }

  #forgetUnseen(): void {
    this.#unseen = 0
    this.#newer.hidden = true
  }

  #jumpToEnd(): void {
    this.#root.scrollTop = this.#root.scrollHeight
  }
}
