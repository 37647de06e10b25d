export { type Config, defineConfig } from './config-file.ts'
