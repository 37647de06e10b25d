import type { Feature } from './feature.ts'

/** A moment at which features are called. */
type Moment = Exclude<
  {
    [Key in keyof Feature]-?: NonNullable<Feature[Key]> extends (...given: never[]) => unknown
      ? Key
      : never
  }[keyof Feature],
  'onStart' | 'onStop' | 'onClose' | 'onRecord' | 'onChange'
>

/** A feature with a handler for a moment. */
type Concerned<Name extends Moment> = Feature & Required<Pick<Feature, Name>>

/** The features with a handler for each moment, in order. */
export type FeatureMoments = {
  readonly [Name in Moment]: readonly Concerned<Name>[]
} & {
  readonly byChannel: ReadonlyMap<string, Feature>
  readonly byMap: ReadonlyMap<string, readonly Feature[]>
}

/** Finds the features to call at each moment, so that the others cost nothing. */
export function momentsOf(features: readonly Feature[]): FeatureMoments {
  const concerned = <Name extends Moment>(name: Name): readonly Concerned<Name>[] =>
    features.filter((feature): feature is Concerned<Name> => feature[name] !== undefined)
  const byMap = new Map<string, Feature[]>()
  for (const feature of features) {
    for (const map of feature.maps ?? []) byMap.set(map, [...(byMap.get(map) ?? []), feature])
  }
  return {
    onConnect: concerned('onConnect'),
    onIdentified: concerned('onIdentified'),
    onEnded: concerned('onEnded'),
    onJoin: concerned('onJoin'),
    onLeave: concerned('onLeave'),
    onClientLeft: concerned('onClientLeft'),
    guard: concerned('guard'),
    onPublished: concerned('onPublished'),
    followUp: concerned('followUp'),
    onEvent: concerned('onEvent'),
    onDelivered: concerned('onDelivered'),
    channels: concerned('channels'),
    byMap,
    byChannel: new Map(
      features.flatMap((feature) => (feature.channel ? [[feature.channel, feature]] : [])),
    ),
  }
}
