import { element, setText } from './element.ts'
import { hueOf, initialsOf } from './person.ts'

/** Makes the coloured circle that stands for a person; the name beside it is what is read out. */
export function createAvatar(userId: string, name: string): HTMLElement {
  const avatar = element('span', 'avatar', initialsOf(name))
  avatar.setAttribute('aria-hidden', 'true')
  avatar.style.setProperty('--hue', String(hueOf(userId)))
  return avatar
}

/** Shows another name's initials. */
export function renameAvatar(avatar: HTMLElement, name: string): void {
  setText(avatar, initialsOf(name))
}
