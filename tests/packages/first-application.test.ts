import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { launchChromium } from '../browser/chromium.ts'
import { ConsumerProject, publishedEnvironment } from './consumer-project.ts'

const GUIDE = fileURLToPath(new URL('../../docs/getting-started.md', import.meta.url))
const SECRET = 'a secret of at least thirty-two bytes'

let project: ConsumerProject
let browser: Browser
let server: ChildProcess | undefined

beforeAll(async () => {
  project = new ConsumerProject(
    'express@5.3.0',
    '@types/express@5.0.6',
    'jose@6.2.17',
    'esbuild@0.28.2',
  )
  mkdirSync(join(project.folder, 'public'))
  const [serverProgram, pageProgram] = blocks('ts')
  const [page] = blocks('html')
  project.write('server.ts', serverProgram)
  project.write('page.ts', pageProgram)
  project.write('public/index.html', page)
  const esbuild = join(project.folder, 'node_modules', '.bin', 'esbuild')
  const options = ['--bundle', '--format=esm', '--log-level=warning', '--outfile=public/page.js']
  execFileSync(esbuild, ['page.ts', ...options], { cwd: project.folder })
  browser = await launchChromium()
})

afterEach(() => stop('SIGKILL'))

afterAll(async () => {
  await browser.close()
  project.remove()
})

it('is type-checked as it stands', () => {
  expect(project.typeCheck('server.ts')).toBe('')
  expect(project.typeCheck('page.ts')).toBe('')
})

it('joins two tabs, and keeps what was said over a kill', async () => {
  const port = await start()
  const ada = await openTab(port, 'ada')
  const bob = await openTab(port, 'bob')
  await expect.poll(() => ada.locator('#here').textContent()).toMatch(/^(ada, bob|bob, ada)$/)
  await say(ada, 'Hello, Bob')
  await say(bob, 'Hello, Ada')
  const said = ['ada: Hello, Bob', 'bob: Hello, Ada']
  for (const tab of [ada, bob]) await expect.poll(() => messagesOf(tab)).toEqual(said)

  await stop('SIGKILL')
  await start(port)
  await say(bob, 'Still there?')
  for (const tab of [ada, bob]) {
    await expect.poll(() => messagesOf(tab)).toEqual([...said, 'bob: Still there?'])
  }
  const late = await openTab(port, 'cleo')
  await expect.poll(() => messagesOf(late)).toEqual([...said, 'bob: Still there?'])
  expect(await late.locator('#problem').textContent()).toBe('')
  await Promise.all([ada, bob, late].map((tab) => tab.close()))
})

it('says in the tab what is wrong with its token', async () => {
  const port = await start()
  const tab = await browser.newPage()
  await tab.route('**/token?*', (route) => route.fulfill({ body: 'not.a.token' }))
  await tab.goto(`http://127.0.0.1:${port}/?name=ada`)
  await expect.poll(() => tab.locator('#problem').textContent()).toMatch(/token/)
  await tab.close()
})

it('says which secret is missing, and how to make one', () => {
  const { stderr, status } = runServer({ JWT_SECRET: undefined })
  expect(status).toBe(1)
  expect(stderr).toMatch(/jwtSecret/)
  expect(runServer({ JWT_SECRET: 'short' }).stderr).toMatch(/crypto\.randomBytes/)
})

it('leaves the paths of the application to the application', async () => {
  const program = blocks('ts')[0].replace(
    'const server =',
    "app.get('/docs', (_, response) => void response.send('own docs'))\nconst server =",
  )
  project.write('server-with-docs.ts', program)
  const port = await start(0, 'server-with-docs.ts')
  const answer = await fetch(`http://127.0.0.1:${port}/docs`)
  expect(await answer.text()).toBe('own docs')
  const reference = await fetch(`http://127.0.0.1:${port}/api/realtime/docs`)
  expect(await reference.text()).toContain('Coterie')
})

it('names a port that is taken, and how to take another', async () => {
  const port = await start()
  project.write(
    'second.ts',
    `import { createHub } from '@coterie/server'
await createHub({ anonymous: true, engine: 'memory' }).listen({ port: ${port} })`,
  )
  const taken = `port ${port} on 127.0.0.1 is already in use; choose another one`
  expect(() => project.run('second.ts')).toThrow(taken)
  const flags = ['--port', String(port), '--data-dir', 'of-the-command']
  expect(() => project.runCommand('dev', ...flags)).toThrow(taken)
})

/** The code blocks of one language under the guide's first heading. */
function blocks(language: string): [string, string] {
  const [, section = ''] = readFileSync(GUIDE, 'utf8').split(/^## /m)
  const found = section.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))
  return Array.from(found, ([, block = '']) => block) as [string, string]
}

/** Starts the application and returns its port. */
async function start(port = 0, file = 'server.ts'): Promise<number> {
  server = spawn(process.execPath, [file], {
    cwd: project.folder,
    env: publishedEnvironment({ JWT_SECRET: SECRET, PORT: String(port) }),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [printed] = (await once(server.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  return Number(/port: (\d+)/.exec(String(printed))?.[1])
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  const child = server
  server = undefined
  if (!child || child.exitCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

function runServer(environment: NodeJS.ProcessEnv): { status: number; stderr: string } {
  try {
    project.run('server.ts', { PORT: '0', ...environment })
  } catch (error) {
    return error as { status: number; stderr: string }
  }
  throw new Error('the server ended without a word')
}

async function openTab(port: number, name: string): Promise<Page> {
  const tab = await browser.newPage()
  await tab.goto(`http://127.0.0.1:${port}/?name=${name}`)
  await expect.poll(() => tab.locator('#here').textContent()).toContain(name)
  return tab
}

async function say(tab: Page, text: string): Promise<void> {
  await tab.locator('#text').fill(text)
  await tab.getByRole('button', { name: 'Send' }).click()
}

function messagesOf(tab: Page): Promise<string[]> {
  return tab.locator('#messages li').allTextContents()
}
