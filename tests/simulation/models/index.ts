import type { Model } from '../runner/model.ts'
import { clientDelivery } from './client-delivery.ts'
import { delivery } from './delivery.ts'
import { presence } from './presence.ts'
import { sharedState } from './shared-state.ts'

/** All models, as the command line and the tests know them. */
export const models: readonly Model[] = [delivery, clientDelivery, presence, sharedState]
