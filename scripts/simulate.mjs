import { become, install, pinnedNode } from './setup.mjs'

install()
become(pinnedNode(), [
  '--conditions=coterie-source',
  'tests/simulation/runner/main.ts',
  ...process.argv.slice(2),
])
