/** The name of the events that carry the awareness states of a document's clients. */
export const AWARENESS_EVENT = 'yjs:awareness'
