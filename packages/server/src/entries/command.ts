/** `@coterie/server/command`: for programs that run a hub by settings, as `coterie` does. */
export { checkConfig } from '../config/check-config.ts'
export { hubConfigSchema } from '../config/config-schema.ts'
export { loadSqlite } from '../sqlite/load-sqlite.ts'
export { createEngine, createStore } from '../storage/create-storage.ts'
export {
  type EngineSetting,
  readStorage,
  type StorageSetting,
  type StorageWords,
  type StoreSetting,
} from '../storage/storage-setting.ts'
export { verifyDatabase } from '../storage/verify-database.ts'
