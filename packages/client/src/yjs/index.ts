export { bindYjs, type YjsBinding, type YjsBindingOptions } from './yjs-binding.ts'
