/** The name of the events that carry a document's updates. */
export const UPDATE_EVENT = 'yjs:update'
