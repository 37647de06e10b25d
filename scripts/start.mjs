import { become, install, pinnedNode, run } from './setup.mjs'

install()
const node = pinnedNode()
process.stderr.write('building the pages\n')
run(node, ['examples/chat/build.mjs'])
become(node, ['--conditions=coterie-source', 'examples/chat/main.ts'])
