import { isOfLength } from '@coterie/protocol'
import ipaddr from 'ipaddr.js'
import { parseUrl } from '../../system/parse-url.ts'

const MAX_URL_CHARACTERS = 2_048

/** A host that is exempt from the rules for public ones: `host`, or `host:port`. */
export type AllowedHosts = ReadonlySet<string>

/** Reads the exempt hosts as URLs write them. */
export function allowedHosts(hosts: readonly string[]): AllowedHosts {
  return new Set(hosts.map((host) => host.toLowerCase()))
}

/** Tells whether a URL's host is exempt. */
export function isAllowedHost({ protocol, hostname, port }: URL, allowed: AllowedHosts): boolean {
  const effectivePort = port || (protocol === 'https:' ? '443' : '80')
  return allowed.has(hostname) || allowed.has(`${hostname}:${effectivePort}`)
}

/** Says why no webhook goes to a URL, as far as the URL tells; undefined when one may. */
export function webhookUrlProblem(target: string, allowed: AllowedHosts): string | undefined {
  if (!isOfLength(target, 0, MAX_URL_CHARACTERS)) {
    return `a webhook URL has at most ${MAX_URL_CHARACTERS} characters`
  }
  const url = parseUrl(target)
  if (!url) return 'a webhook URL must be absolute, such as https://example.com/hook'
  if (url.username !== '' || url.password !== '') {
    return 'a webhook URL must not contain a user name or password'
  }
  const isAllowed = isAllowedHost(url, allowed)
  if (url.protocol !== 'https:' && !(isAllowed && url.protocol === 'http:')) {
    return 'a webhook URL must begin with https://'
  }
  const literal = addressIn(url)
  if (literal !== undefined && !isAllowed && !isPublicAddress(literal)) {
    return `a webhook goes to public addresses only, and ${literal} is not public`
  }
  return undefined
}

/** The IP address that a URL has for a host, however it is written; undefined for a name. */
export function addressIn({ hostname }: URL): string | undefined {
  const address = hostname.replace(/^\[|\]$/g, '')
  return ipaddr.isValid(address) ? address : undefined
}

/** Tells whether an address is one of the public Internet, and nothing in disguise. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  // An IPv4 address in an IPv6 one is judged as what it is; NAT64, 6to4 and Teredo are no unicast.
  const parsed = ipaddr.process(address)
  if (parsed.range() !== 'unicast') return false
  return parsed.kind() === 'ipv4' || parsed.match(ipaddr.parseCIDR('2000::/3'))
}
