export { hub } from './hub.ts'
