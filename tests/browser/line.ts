import type { Page, WebSocketRoute } from 'playwright-core'

const ENDPOINTS = '**/api/realtime/**'

/** A page's line to the server, which can be cut. */
export class Line {
  #isCut = false
  #socket: WebSocketRoute | undefined

  async run(page: Page): Promise<void> {
    await page.route(ENDPOINTS, (route) =>
      this.#isCut ? route.abort('connectionrefused') : route.fallback(),
    )
    await page.routeWebSocket(ENDPOINTS, (socket) => {
      if (this.#isCut) return void socket.close({ code: 1013 })
      socket.connectToServer()
      this.#socket = socket
    })
  }

  async cut(): Promise<void> {
    this.#isCut = true
    await this.#socket?.close({ code: 1013 })
  }

  mend(): void {
    this.#isCut = false
  }
}
