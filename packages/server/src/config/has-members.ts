/** Tells whether a value is an object with certain members, each of its type by `typeof`. */
export function hasMembers(value: unknown, members: Readonly<Record<string, string>>): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(members).every(([name, type]) => typeof Reflect.get(value, name) === type)
  )
}
