/** Reports an error that no caller receives, as the platform reports an uncaught one. */
export function reportError(error: unknown): void {
  // Browsers have this global function; Node does not.
  if (typeof globalThis.reportError === 'function') globalThis.reportError(error)
  else console.error(error)
}
