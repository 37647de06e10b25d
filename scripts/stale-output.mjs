import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const OUTPUT = /(?:\.d\.ts|\.js)(?:\.map)?$/

/** Removes what the compiler wrote for sources that have been moved or deleted since. */
export function removeStaleOutput(packagesFolder) {
  for (const name of readdirSync(packagesFolder)) {
    const dist = join(packagesFolder, name, 'dist')
    if (!existsSync(dist)) continue
    for (const file of readdirSync(dist, { recursive: true })) {
      if (!OUTPUT.test(file)) continue
      const source = join(packagesFolder, name, 'src', file.replace(OUTPUT, '.ts'))
      if (!existsSync(source)) rmSync(join(dist, file))
    }
  }
}
