type Method = (...args: unknown[]) => unknown

/** What a call costs however little it returns, in bytes that could be read in its time. */
const CALL_BYTES = 64

/** Counts what a port was asked for, in bytes. */
export class Meter {
  bytes = 0
}

/** Makes a port count what its methods return, at any depth. */
export function metered<Part extends object>(part: Part, meter: Meter): Part {
  const wrapped = new Map<string | symbol, unknown>()
  return new Proxy(part, {
    get(target, name) {
      if (wrapped.has(name)) return wrapped.get(name)
      const value: unknown = Reflect.get(target, name)
      const answer =
        typeof value === 'function'
          ? counted(value.bind(target) as Method, meter)
          : typeof value === 'object' && value !== null && name !== 'capabilities'
            ? metered(value, meter)
            : value
      wrapped.set(name, answer)
      return answer
    },
  })
}

function counted(method: Method, meter: Meter): Method {
  return (...args) => {
    meter.bytes += CALL_BYTES
    const result = method(...args)
    if (!(result instanceof Promise)) return result
    return result.then((value: unknown) => {
      meter.bytes += sizeOf(value)
      return value
    })
  }
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  const items = value instanceof Map ? [...value.keys(), ...value.values()] : Object.values(value)
  return items.reduce<number>((sum, item) => sum + sizeOf(item), 16)
}
