import { checkFunctions, checkOption, checkOptionsObject } from '@coterie/protocol'
import { isRecord } from '../connection/frame-reader.ts'

/** Checks what every hook of a room is given. @throws {TypeError} naming the option that is wrong */
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

/** Checks how others see a user. @throws {TypeError} saying what is allowed */
export function checkUser(user: unknown): void {
  checkOption('user', user, isRecord(user), 'an object with the id of the user')
}
