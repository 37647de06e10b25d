export {
  createYjsProvider,
  type YjsProvider,
  type YjsProviderEvents,
  type YjsProviderOptions,
} from './yjs-provider.ts'
