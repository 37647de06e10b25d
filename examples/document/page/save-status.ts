/** How far what was written has come. */
export interface SaveProgress {
  /** False while there is no way to the server. */
  readonly isConnected: boolean
  /** False until the document was there for the first time. */
  readonly isOpened: boolean
  /** Changes that the server has not confirmed. */
  readonly waiting: number
}

/** The progress in words. */
export interface SaveStatus {
  readonly tone: 'good' | 'busy' | 'bad'
  readonly label: string
}

/** Says whether everything is saved. */
export function saveStatus({ isConnected, isOpened, waiting }: SaveProgress): SaveStatus {
  if (!isOpened) return { tone: 'busy', label: 'Opening…' }
  if (isConnected) {
    return waiting === 0
      ? { tone: 'good', label: 'All changes saved' }
      : { tone: 'busy', label: 'Saving…' }
  }
  if (waiting === 0) return { tone: 'bad', label: 'Offline' }
  const changes = waiting === 1 ? '1 change' : `${waiting} changes`
  return { tone: 'bad', label: `Offline, ${changes} waiting` }
}
