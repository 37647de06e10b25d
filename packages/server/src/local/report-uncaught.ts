/** Throws an error outside of the call that met it, where the process sees what nobody caught. */
export function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
