import { join } from 'node:path'
import { install, pinnedNode, root, run } from './setup.mjs'
import { removeStaleOutput } from './stale-output.mjs'

install()
removeStaleOutput(join(root, 'packages'))
run(pinnedNode(), ['node_modules/typescript/bin/tsc', '--build'])
