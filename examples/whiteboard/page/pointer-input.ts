import { type Point, toBoardPoint } from './point.ts'
import type { Tool } from './tool.ts'

const MAIN_BUTTON = 0

/** What is done with the pointer over the board. */
export interface PointerParts {
  /** The tool in the hand. */
  tool(): Tool
  /** The pointer is here, pressed or not. */
  onPlace(point: Point): void
  /** The pointer is not over the board any more. */
  onLeave(): void
}

/** Turns mouse, finger and pen on an element into moves of a tool: one at a time. */
export function readPointer(surface: HTMLElement, { tool, onPlace, onLeave }: PointerParts): void {
  let pressed: { readonly id: number; readonly tool: Tool } | undefined
  const pointOf = ({ clientX, clientY }: PointerEvent): Point =>
    toBoardPoint(clientX, clientY, surface.getBoundingClientRect())
  const release = (id: number, finish: (held: Tool) => void): void => {
    if (pressed?.id !== id) return
    const held = pressed.tool
    pressed = undefined
    finish(held)
  }

  surface.addEventListener('pointerdown', (event) => {
    if (pressed || !event.isPrimary || event.button !== MAIN_BUTTON) return
    surface.setPointerCapture(event.pointerId)
    // The tool in the hand stays there until it is let go of, whatever keys are pressed.
    pressed = { id: event.pointerId, tool: tool() }
    pressed.tool.start(pointOf(event))
  })
  surface.addEventListener('pointermove', (event) => {
    if (!event.isPrimary) return
    onPlace(pointOf(event))
    if (pressed?.id !== event.pointerId) return
    // Between two frames a hand moves further than one event tells.
    const events = event.getCoalescedEvents?.() ?? []
    pressed.tool.move((events.length > 0 ? events : [event]).map(pointOf))
  })
  surface.addEventListener('pointerup', (event) => release(event.pointerId, (held) => held.end()))
  surface.addEventListener('pointercancel', (event) => {
    release(event.pointerId, (held) => held.cancel())
  })
  surface.addEventListener('pointerleave', onLeave)
}
