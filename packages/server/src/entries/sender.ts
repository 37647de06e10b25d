/** `@coterie/server/sender`: what sends notifications by a route outside of the hub. */
export {
  DeliveryError,
  type DeliveryFailure,
  type NotificationSender,
  type OutgoingDelivery,
} from '../ports/notification-sender.ts'
