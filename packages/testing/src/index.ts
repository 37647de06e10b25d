export {
  type ConnectUser,
  createTestHub,
  nameAuthenticator,
  type TestHub,
  type TestHubOptions,
  testPrincipal,
} from './create-test-hub.ts'
export { type EngineFactory, engineConformance } from './engine/engine-conformance.ts'
export { FakeClock } from './fake-clock.ts'
export { realtimeBackendConformance } from './realtime-backend-conformance.ts'
export { SeededRandom } from './seeded-random.ts'
export { shareStore } from './share-store.ts'
export { SimulatedEnvironment } from './simulated-environment.ts'
export {
  SimulatedNetwork,
  SimulatedSocket,
  type SimulatedSocketEvents,
} from './simulated-network.ts'
export { SimulatedProcess } from './simulated-process.ts'
export {
  type StoreConformanceOptions,
  type StoreFactory,
  storeConformance,
} from './store/store-conformance.ts'
export { type Closed, TestUser } from './test-user.ts'
