/** Reports an error that has no caller to go to, as the platform reports an uncaught one. */
export function reportError(error: unknown): void {
  // Browsers have this global; Node has not.
  if (typeof globalThis.reportError === 'function') globalThis.reportError(error)
  else console.error(error)
}
