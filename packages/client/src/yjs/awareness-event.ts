/** The name of the events that carry what the clients of a document show of themselves. */
export const AWARENESS_EVENT = 'yjs:awareness'
