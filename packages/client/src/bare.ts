export { RealtimeError } from '@coterie/protocol'
export {
  type BareClientOptions,
  createBareClient as createClient,
} from './client/create-bare-client.ts'
export { type PartMaker, presence, publishing, state, typing } from './client/parts.ts'
