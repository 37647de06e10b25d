import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { install, pinnedNode, root, run } from './setup.mjs'
import { removeStaleOutput } from './stale-output.mjs'

const folder = join(root, 'artefacts', 'packages')

install()
removeStaleOutput(join(root, 'packages'))
run(pinnedNode(), ['node_modules/typescript/bin/tsc', '--build'])
mkdirSync(folder, { recursive: true })
for (const name of ['protocol', 'server', 'client', 'testing', 'cli']) {
  run('npm', ['pack', join(root, 'packages', name), '--pack-destination', folder])
}
process.stdout.write(`packed into ${folder}\n`)
