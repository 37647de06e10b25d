import type { Channel, Client } from '@coterie/client'
import type { MessageList } from './message-list.ts'
import type { People } from './people.ts'
import type { NameBook } from './person.ts'
import type { TypingLine } from './typing-line.ts'

/** The parts of the page that speak of people. */
export interface PeopleParts {
  readonly client: Client
  readonly names: NameBook
  readonly people: People
  readonly typing: TypingLine
  readonly list: MessageList
}

/** Shows who is in a room and who types there, until the returned function is called. */
export function watchPeople(room: Channel, parts: PeopleParts): () => void {
  const { client, names, people, typing, list } = parts
  const { presence, typing: typists } = room
  const showTyping = (): void => {
    // While the line is down nobody is heard to stop.
    const users = client.status() === 'connected' ? typists.users() : []
    typing.show(users.map((id) => names.nameOf(id)))
  }
  const showPeople = (): void => {
    if (names.learn(presence.members())) list.rename()
    people.show(presence.members(), client.userId())
    showTyping()
  }
  const showConnection = (): void => {
    people.setStale(client.status() !== 'connected')
    showTyping()
  }
  const appear = (): void => {
    const status = document.visibilityState === 'visible' ? 'online' : 'away'
    // Refused only together with the whole room, which the banner tells.
    presence.update({ status }).catch(() => {})
  }
  document.addEventListener('visibilitychange', appear)
  const offs = [
    presence.members.subscribe(showPeople),
    client.userId.subscribe(showPeople),
    client.status.subscribe(showConnection),
    typists.users.subscribe(showTyping),
    () => document.removeEventListener('visibilitychange', appear),
  ]
  showPeople()
  showConnection()
  appear()
  return () => {
    for (const off of offs) off()
  }
}
