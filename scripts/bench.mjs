import { become, install, pinnedNode } from './setup.mjs'

install()
become(pinnedNode(), [
  '--conditions=coterie-source',
  '--expose-gc',
  'bench/main.ts',
  ...process.argv.slice(2),
])
