export { type AwarenessState, readableCarets } from './readable-carets.ts'
export {
  createYjsProvider,
  type YjsProvider,
  type YjsProviderEvents,
  type YjsProviderOptions,
} from './yjs-provider.ts'
