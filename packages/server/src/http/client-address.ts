import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { parseAddressRange } from '../core/limits/address-range.ts'
import type { Logger } from '../ports/logger.ts'

const FORWARDED_FOR = 'x-forwarded-for'
/** An address with a port, as some proxies write it: IPv6 in brackets, or IPv4. */
const WITH_PORT = /^(?:\[([0-9a-f:.]{2,45})\]|([0-9.]{7,15}))(?::\d{1,5})?$/i

/**
 * Finds the address that a request comes from.
 *
 * `X-Forwarded-For` is believed from trusted proxies only. It is read from the
 * right: each trusted proxy vouches for the address before its own. An empty text
 * is an unknown address.
 */
export class ClientAddresses {
  readonly #proxies = new BlockList()
  readonly #logger: Logger
  #hasWarned = false

  /** @param trustedProxies addresses and ranges */
  constructor(trustedProxies: readonly string[], logger: Logger) {
    this.#logger = logger
    for (const text of trustedProxies) {
      const range = parseAddressRange(text)
      if (range) this.#proxies.addSubnet(range.address, range.prefix, range.family)
    }
  }

  of({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): string {
    const peer = readAddress(socket.remoteAddress ?? '') ?? ''
    const forwarded = headers[FORWARDED_FOR]
    if (forwarded === undefined || peer === '') return peer
    if (!this.#isTrusted(peer)) {
      this.#warn(peer)
      return peer
    }
    return this.#beforeProxies(peer, String(forwarded))
  }

  #beforeProxies(peer: string, forwarded: string): string {
    let address = peer
    for (const text of forwarded.split(',').reverse()) {
      const before = readAddress(text.trim())
      // An unreadable entry vouches for nothing before it.
      if (before === undefined) return address
      address = before
      if (!this.#isTrusted(address)) return address
    }
    return address
  }

  #isTrusted(address: string): boolean {
    return this.#proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }

  // All clients behind an undeclared proxy count as one client.
  #warn(peer: string): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    this.#logger.warn(
      { peer },
      'X-Forwarded-For is not trusted: if this is your proxy, add it to trustedProxies',
    )
  }
}

/** Normalises an address for comparison; IPv4 inside IPv6 becomes IPv4. */
function readAddress(text: string): string | undefined {
  const [bare = ''] = text.split('%')
  if (isIP(bare) !== 0) return ipaddr.process(bare).toString()
  const found = WITH_PORT.exec(text)
  const inside = found?.[1] ?? found?.[2] ?? ''
  return isIP(inside) === 0 ? undefined : ipaddr.process(inside).toString()
}
