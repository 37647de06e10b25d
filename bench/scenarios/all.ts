import type { Scenario } from '../scenario.ts'
import { answersNeverRead } from './answers-never-read.ts'
import { passwordGuesses, roomCrowd, sessionBodies, strangerFrames } from './attacks.ts'
import { fanoutBurst } from './fanout-burst.ts'
import { fanoutSteady } from './fanout-steady.ts'
import { hostileClients } from './hostile-clients.ts'
import { idleMemory } from './idle-memory.ts'
import { inbox } from './inbox.ts'
import { ingest } from './ingest.ts'
import { ingestOnce } from './ingest-once.ts'
import { manyChannels } from './many-channels.ts'
import { presenceCrowd } from './presence-crowd.ts'
import { presenceJoin } from './presence-join.ts'
import { resumeMegabytes } from './resume-megabytes.ts'
import { resumeStorm } from './resume-storm.ts'
import { revocation } from './revocation.ts'
import { slowReceivers } from './slow-receivers.ts'
import { sseFanout } from './sse-fanout.ts'
import { subscriptions } from './subscriptions.ts'
import { topicMatcher } from './topic-matcher.ts'

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  fanoutSteady,
  fanoutBurst,
  manyChannels,
  sseFanout,
  ingest,
  ingestOnce,
  resumeStorm,
  resumeMegabytes,
  slowReceivers,
  answersNeverRead,
  presenceJoin,
  presenceCrowd,
  idleMemory,
  topicMatcher,
  subscriptions,
  inbox,
  hostileClients,
  sessionBodies,
  strangerFrames,
  passwordGuesses,
  roomCrowd,
  revocation,
]
