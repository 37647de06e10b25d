import { isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Groups of 16 bits in the prefix of an IPv6 network, which one subscriber gets. */
const NETWORK_PARTS = 4

/**
 * Returns the unit that an address counts for: itself, or its IPv6 network.
 *
 * A user of one IPv6 address usually has 2^64 of them (RFC 6177).
 */
export function addressGroup(address: string): string {
  if (!isIPv6(address)) return address
  const { parts } = ipaddr.IPv6.parse(address)
  const network = parts.slice(0, NETWORK_PARTS).map((part) => part.toString(16))
  return `${network.join(':')}::/64`
}
