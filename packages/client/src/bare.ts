export { RealtimeError } from '@coterie/protocol'
export { type BareClientOptions, createBareClient as createClient } from './create-bare-client.ts'
export { type PartMaker, presence, publishing, state, typing } from './parts.ts'
