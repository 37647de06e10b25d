export type {
  AsJson,
  ChannelContract,
  ChannelSchemas,
  ContractOf,
  EventInputsOf,
  EventNameOf,
  EventPayload,
  EventsOf,
  PresenceDataOf,
  PresenceInputOf,
  StateInputs,
  StateInputsOf,
  StateObject,
  StateOf,
} from './channel-contract/channel-contract.ts'
export {
  ChannelTemplate,
  type ParamInputsOf,
  type ParamsOf,
} from './channel-contract/channel-template.ts'
export { defineChannel, isChannelContract } from './channel-contract/define-channel.ts'
export {
  isStandardSchema,
  type SchemaInput,
  type SchemaIssue,
  type SchemaOutput,
  type SchemaResult,
  type StandardSchema,
} from './channel-contract/standard-schema.ts'
export { isOfLength } from './character-count.ts'
export {
  checkFunctions,
  checkOption,
  checkOptionsObject,
  checkWholeNumber,
  createOptionError,
  isWholeNumber,
  showValue,
} from './check-option.ts'
export { CLOSE_CODES, type CloseCode, mayReconnect } from './close-codes.ts'
export {
  type DecodedFrame,
  type DecodeFailure,
  decodeClientFrame,
  describeInexactNumber,
  encodeServerFrame,
} from './codec.ts'
export {
  ERRORS,
  type ErrorCode,
  type ErrorDetails,
  RealtimeError,
  type RealtimeErrorOptions,
  type RetryPolicy,
} from './errors.ts'
export { type FramePeek, peekFrame } from './frame-peek.ts'
export {
  CLIENT_FRAMES,
  type ClientFrame,
  type ClientFrameInput,
  type ClientFrameType,
} from './frames/client-frame.ts'
export type {
  AuthReply,
  AuthRequest,
  ClientLimits,
  ConnectionFrame,
  ErrorFrame,
  PingFrame,
  PingRequest,
  PongFrame,
  ReplyFrame,
  TokenExpiringFrame,
} from './frames/connection.ts'
export {
  EPHEMERAL_EVENT_TYPES,
  type EphemeralEventType,
  type EphemeralFrame,
  type ReaderMark,
  type ReadReceiptData,
  type ReadRequest,
  type TypingRequest,
} from './frames/ephemeral.ts'
export {
  type ChannelEvent,
  type EventFrame,
  type EventGap,
  eventName,
  type GapFrame,
  type GapReason,
  type RecoveryFailure,
} from './frames/event.ts'
export type { EventSender } from './frames/event-sender.ts'
export { type JsonValue, wholeText } from './frames/frame.ts'
export type { HistoryReply, HistoryRequest } from './frames/history.ts'
export type { MessageFrame, MessageRequest } from './frames/message.ts'
export {
  type AckRequest,
  type InboxFrame,
  NOTIFICATION_PRIORITIES,
  NOTIFICATION_ROUTES,
  NOTIFICATION_STATUSES,
  NOTIFICATION_TYPES,
  type NotificationAction,
  type NotificationFrame,
  type NotificationPayload,
  type NotificationPriority,
  type NotificationResource,
  type NotificationRoute,
  type NotificationStatus,
  type NotificationType,
} from './frames/notification.ts'
export type {
  PresenceAppearance,
  PresenceEntry,
  PresenceFrame,
  PresenceLeave,
  PresenceRequest,
  PresenceStatus,
} from './frames/presence.ts'
export { messageId, type PublishReply, type PublishRequest } from './frames/publish.ts'
export { REPLIES, type ReplyOf } from './frames/reply.ts'
export {
  type FieldsOf,
  SERVER_FRAMES,
  type ServerFrame,
  type ServerFrameOf,
  type ServerFrameType,
} from './frames/server-frame.ts'
export type {
  SnapshotCommitReply,
  SnapshotCommitRequest,
  SnapshotHead,
  SnapshotHeadReply,
  SnapshotPartReply,
  SnapshotReadRequest,
  SnapshotSegment,
  SnapshotWriteRequest,
} from './frames/snapshot.ts'
export type {
  StateFrame,
  StateReply,
  StateRequest,
  StateSnapshot,
} from './frames/state.ts'
export type {
  SubscribeReply,
  SubscribeReplyPart,
  SubscribeRequest,
  UnsubscribedFrame,
  UnsubscribeReply,
  UnsubscribeRequest,
} from './frames/subscribe.ts'
export {
  type Branded,
  type ConnectionId,
  type EventId,
  formatUuidV7,
  type NotificationId,
  type SubscriptionId,
  type UserId,
} from './ids.ts'
export { copyJson } from './json-copy.ts'
export { type JsonScan, scanJson, splitJsonArray } from './json-scan.ts'
export type { Jsonable, JsonLike, JsonObjectLike } from './jsonable.ts'
export { DEFAULT_LIMITS } from './limits.ts'
export {
  canonicalChannel,
  isUserChannel,
  tenantChannel,
  tenantSegment,
  userChannel,
} from './owned-channel.ts'
export { formatPosition, type Position, parsePosition } from './position.ts'
export { type Err, err, type Ok, ok, type Result, refuse } from './result.ts'
export { type StateValues, stateKeyProblem, stateValuesProblem } from './state-values.ts'
export { TokenBucket } from './token-bucket.ts'
export {
  hasWildcard,
  isBoundedPattern,
  isChannelName,
  isChannelPattern,
  PATTERN_BOUNDS,
  patternCovers,
  patternMatches,
} from './topic.ts'
export { TopicMatcher } from './topic-matcher.ts'
export { cutText, HALF_CHARACTER, isWellFormedJson } from './well-formed.ts'
