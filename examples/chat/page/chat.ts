import { type Client, createClient } from '@coterie/client'
import { Announcer } from './announcer.ts'
import { Composer } from './composer.ts'
import { ConnectionBadge } from './connection-badge.ts'
import { find, setText } from './element.ts'
import { MessageList } from './message-list.ts'
import { MessageScroller } from './message-scroller.ts'
import { type Entry, NameForm } from './name-form.ts'
import { PageTitle } from './page-title.ts'
import { People } from './people.ts'
import { NameBook } from './person.ts'
import { Room } from './room.ts'
import { currentRoomName } from './room-name.ts'
import { Session } from './session.ts'
import { ShareLink } from './share-link.ts'
import { clearStored } from './storage.ts'
import { TypingLine } from './typing-line.ts'
import { watchPeople } from './watch-people.ts'

const MAX_RECONNECT_DELAY_MS = 5_000

const resumed = Session.resume()
if (resumed) enter(resumed)
else {
  const form = new NameForm(async ({ name, room }: Entry) => {
    const session = await Session.start(name)
    history.replaceState(null, '', `#${room}`)
    form.hide()
    enter(session)
  })
  form.show(currentRoomName())
}

/** Shows the room that the address names, and another one whenever that changes. */
function enter(session: Session): void {
  find(document, '#chat', HTMLElement).hidden = false
  const client = connect(session)
  const announcer = new Announcer()
  const names = new NameBook()
  const typing = new TypingLine()
  const title = new PageTitle()
  const share = new ShareLink(announcer)
  const badge = new ConnectionBadge(announcer)
  const scroller = new MessageScroller({ onNearStart: () => void room.earlier.load() })
  const list = new MessageList(names, {
    onRetry: (id) => {
      room.retry(id)
      composer.focus()
    },
    onDiscard: (id) => {
      room.discard(id)
      composer.focus()
    },
  })
  const people = new People(names, {
    onLeave: () => {
      client.disconnect()
      clearStored()
      location.reload()
    },
  })
  const composer = new Composer({
    onSend: (text) => room.send(text),
    onTyping: () => room.channel.typing.start(),
    onTypingEnd: () => room.channel.typing.stop(),
    onProblem: (text) => announcer.interrupt(text),
  })

  let room: Room
  let closeRoom = (): void => {}
  const openRoom = (): void => {
    const name = currentRoomName()
    closeRoom()
    history.replaceState(null, '', `#${name}`)
    setText(find(document, '#room-name', HTMLElement), `#${name}`)
    composer.open(name)
    share.open(name)
    title.open(name)
    room = new Room(name, { client, session, names, list, scroller, title, announcer })
    const offs = [
      badge.watch(client, room.channel),
      watchPeople(room.channel, { client, names, people, typing, list }),
      () => room.close(),
    ]
    closeRoom = () => {
      for (const off of offs) off()
    }
    composer.focus()
  }

  openRoom()
  globalThis.addEventListener('hashchange', openRoom)
}

function connect(session: Session): Client {
  const client: Client = createClient({
    token: () => session.token(client.error()?.code === 'unauthorized'),
    // Somebody looks at this page: waiting longer than this would feel broken.
    maxReconnectDelayMs: MAX_RECONNECT_DELAY_MS,
  })
  client.connect()
  return client
}
