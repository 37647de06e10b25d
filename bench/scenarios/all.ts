import type { Scenario } from '../scenario.ts'
import { fanoutBurst } from './fanout-burst.ts'
import { fanoutSteady } from './fanout-steady.ts'
import { ingest } from './ingest.ts'

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [fanoutSteady, fanoutBurst, ingest]
