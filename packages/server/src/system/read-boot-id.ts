import { readFileSync } from 'node:fs'

/** Names the current run of the operating system, where it says so; else an empty string. */
export function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}
