/** The type of a message whose frame names no `event`. */
export const PLAIN_MESSAGE = 'text'
