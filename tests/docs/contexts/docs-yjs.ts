export { fetchToken } from './reader.ts'
