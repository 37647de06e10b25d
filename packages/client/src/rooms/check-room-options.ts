import { checkFunctions, checkOption, checkOptionsObject } from '@coterie/protocol'
import { isRecord } from '../connection/frame-reader.ts'

/** Checks the options that all hooks share. @throws {TypeError} naming the invalid option */
export function checkRoomOptions(
  name: string,
  options: { readonly client: unknown },
  room: 'room' | 'roomId' = 'room',
): void {
  checkOptionsObject(name, options)
  checkFunctions('client', options.client, ['room'])
  const id: unknown = Reflect.get(options, room)
  checkOption(room, id, typeof id === 'string' && id !== '', 'the id of a room')
}

/** Checks the profile of a user. @throws {TypeError} naming the valid values */
export function checkUser(user: unknown): void {
  checkOption('user', user, isRecord(user), 'an object with the id of the user')
}
