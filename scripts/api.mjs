import { install, pinnedNode, run } from './setup.mjs'

install()
run(pinnedNode(), ['node_modules/typescript/bin/tsc', '--build'])
run(pinnedNode(), ['tests/packages/write-api-reports.ts'])
