/**
 * What bounds addresses, users, connections and channels.
 *
 * A rate has what it lets through per second in the long run, and a burst: what it
 * lets through at once. Where a docstring says so, 0 takes the bound away.
 */
export interface LimitsConfig {
  /** Bytes of a frame, and of a body of REST. @default 65_536 (64 KiB) */
  frameBytes?: number | undefined
  /** Levels of JSON in a frame. @default 32 */
  jsonDepth?: number | undefined
  /** Channels and patterns that a connection may subscribe to. @default 256 */
  subscriptions?: number | undefined
  /** Frames of a connection per second. @default 50 */
  framesPerSecond?: number | undefined
  /** Frames of a connection at once. @default 100 */
  framesBurst?: number | undefined
  /** Bytes of frames of a connection per second; 0 for no bound. @default 524_288 (512 KiB) */
  bytesPerSecond?: number | undefined
  /** Bytes of frames of a connection at once. @default 2_097_152 (2 MiB) */
  bytesBurst?: number | undefined
  /** Bytes of the `data` of a user's presence, as JSON. @default 4_096 (4 KiB) */
  presenceDataBytes?: number | undefined
  /** Bytes of the keys and values of a channel's shared state. @default 262_144 (256 KiB) */
  stateBytes?: number | undefined
  /** Keys of a channel's shared state. @default 1_000 */
  stateKeys?: number | undefined
  /** Bytes of a channel's snapshot and of those being written. @default 33_554_432 (32 MiB) */
  snapshotBytes?: number | undefined
  /** Bytes that may wait for a connection that reads too slowly. @default 1_048_576 (1 MiB) */
  queuedBytes?: number | undefined
  /** How long a connection may take no byte while some wait, in ms. @default 5_000 */
  sendTimeoutMs?: number | undefined
  /** Connections of a user at once, on one node. @default 100 */
  connectionsPerUser?: number | undefined
  /** Stored subscriptions of a user that have not expired. @default 1_000 */
  subscriptionsPerUser?: number | undefined
  /** Different patterns that a user listens to, and as many that are stored. @default 256 */
  patternsPerUser?: number | undefined
  /** Bytes of the filters of a user's active subscriptions, as JSON. @default 1_048_576 (1 MiB) */
  filterBytesPerUser?: number | undefined
  /** Missed events that a resume brings; with more it says `too_many`. @default 10_000 */
  recoveredEvents?: number | undefined
  /** Connections of an address at once; 0 for no bound. @default 10_000 */
  connectionsPerAddress?: number | undefined
  /** Of these, connections that have not authenticated yet; 0 for no bound. @default 5_000 */
  unidentifiedPerAddress?: number | undefined
  /** New connections of an address per second; 0 for no bound. @default 500 */
  connectsPerSecond?: number | undefined
  /** New connections of an address at once. @default 10_000 */
  connectsBurst?: number | undefined
  /** Wrong tokens, keys, tickets and sessions of an address; 0 for no bound. @default 300 */
  failedAuthsPerMinute?: number | undefined
  /** REST requests of an address per second; 0 for no bound. @default 500 */
  requestsPerSecond?: number | undefined
  /** REST requests of an address at once. @default 2_000 */
  requestsBurst?: number | undefined
  /** REST requests of a user per second; 0 for no bound. @default 50 */
  userRequestsPerSecond?: number | undefined
  /** REST requests of a user at once. @default 500 */
  userRequestsBurst?: number | undefined
  /**
   * Frames of all connections of a user per second; 0 for no bound.
   *
   * @default 5_000: `framesPerSecond` for each of `connectionsPerUser`
   */
  userFramesPerSecond?: number | undefined
  /**
   * Frames of all connections of a user at once.
   *
   * @default 10_000: `framesBurst` for each of `connectionsPerUser`
   */
  userFramesBurst?: number | undefined
  /** Bytes of frames of a user per second; 0 for no bound. @default 4_194_304 (4 MiB) */
  userBytesPerSecond?: number | undefined
  /** Bytes of frames of a user at once. @default 16_777_216 (16 MiB) */
  userBytesBurst?: number | undefined
  /** Channels per second in which a user is the first to publish; 0 for no bound. @default 10 */
  newChannelsPerSecond?: number | undefined
  /** Channels at once in which a user is the first to publish. @default 1_000 */
  newChannelsBurst?: number | undefined
  /** Subscribes of a user per second; 0 for no bound. @default 100 */
  joinsPerSecond?: number | undefined
  /** Subscribes of a user at once. @default 2_000 */
  joinsBurst?: number | undefined
  /** Bytes of answers to a user per second; 0 for no bound. @default 4_194_304 (4 MiB) */
  answeredBytesPerSecond?: number | undefined
  /** Bytes of answers to a user at once. @default 8_388_608 (8 MiB) */
  answeredBytesBurst?: number | undefined
  /** Notifications of a user that users caused by events; 0 for no bound. @default 1_000 */
  eventNotificationsPerDay?: number | undefined
  /** Of these by e-mail, and as many by webhook; 0 for no bound. @default 100 */
  eventMessagesPerDay?: number | undefined
  /** Wrong passwords of one room that a user may try; 0 for no bound. @default 5 */
  roomPasswordsPerMinute?: number | undefined
  /**
   * Wrong passwords of all rooms that a user may try; 0 for no bound.
   *
   * @default 20: four times `roomPasswordsPerMinute`
   */
  passwordsPerMinute?: number | undefined
  /**
   * Wrong passwords of all rooms that the users of an address may try; 0 for no bound.
   *
   * @default 100: twenty times `roomPasswordsPerMinute`
   */
  addressPasswordsPerMinute?: number | undefined
}
