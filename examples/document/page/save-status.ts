/** How far what was written has come. */
export interface SaveProgress {
  /** False while there is no way to the server. */
  readonly isConnected: boolean
  /** False until the document was there for the first time. */
  readonly isOpened: boolean
  /** True when the server has all of this document, and this document all of the server's. */
  readonly isSynced: boolean
  /** True when something was written that the server is not known to have. */
  readonly hasUnsent: boolean
  /** True when the server does not take what was written. */
  readonly isRefused: boolean
}

/** The progress in words. */
export interface SaveStatus {
  readonly tone: 'good' | 'busy' | 'bad'
  readonly label: string
}

/** Says whether everything is saved. */
export function saveStatus(progress: SaveProgress): SaveStatus {
  const { isConnected, isOpened, isSynced, hasUnsent, isRefused } = progress
  if (!isOpened) return { tone: 'busy', label: 'Opening…' }
  if (!isConnected) {
    return { tone: 'bad', label: hasUnsent ? 'Offline, changes not sent yet' : 'Offline' }
  }
  if (isSynced) return { tone: 'good', label: 'All changes saved' }
  if (isRefused) return { tone: 'bad', label: 'Not saved' }
  return { tone: 'busy', label: hasUnsent ? 'Saving…' : 'Catching up…' }
}
