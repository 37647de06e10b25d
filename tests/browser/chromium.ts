import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const PATHS = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/chromium-headless-shell']

/** Starts the Chromium of this machine, which talks to nobody but the page's server. */
export function launchChromium(): Promise<Browser> {
  const executablePath = PATHS.find((path) => path && existsSync(path))
  if (!executablePath) {
    throw new Error('no Chromium: install chromium-headless-shell or set CHROMIUM_PATH')
  }
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-default-apps',
      '--disable-sync',
      '--no-first-run',
      // Containers have little shared memory.
      '--disable-dev-shm-usage',
    ],
  })
}
