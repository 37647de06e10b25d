/** `@coterie/server/engine`: what an engine promises, and what it is told and asked. */
export { MemoryBackplane } from '../engines/memory/memory-backplane.ts'
export type * from '../ports/engine.ts'
