import { realtimeBackendConformance } from '@coterie/testing'
import { InMemoryRealtime } from './in-memory-realtime.ts'

realtimeBackendConformance('in-memory', (reportError) => new InMemoryRealtime(reportError))
