/** The event name of a message whose frame has no `event`. */
export const PLAIN_MESSAGE = 'text'
