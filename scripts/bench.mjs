import { become, install, pinnedNode } from './setup.mjs'

install()
become(pinnedNode(), ['--conditions=coterie-source', 'bench/main.ts', ...process.argv.slice(2)])
