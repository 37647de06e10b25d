import { WebSocketClient } from '@coterie/client'
import { find, setText } from '../../chat/page/element.ts'
import { NameForm } from '../../chat/page/name-form.ts'
import { Session } from '../../chat/page/session.ts'
import { clearStored } from '../../chat/page/storage.ts'
import { Board } from './board.ts'
import { boardName, boardQuery } from './board-address.ts'
import { createUser } from './board-user.ts'
import { showBoard } from './show-board.ts'

const MAX_RECONNECT_DELAY_MS = 5_000
const ENDPOINT = '/api/realtime/ws'

const resumed = Session.resume()
if (resumed) enter(resumed)
else {
  const form = new NameForm(async ({ name, room }) => {
    const session = await Session.start(name)
    history.replaceState(null, '', boardQuery(room))
    form.hide()
    enter(session)
  })
  form.show(boardName(location))
}

/** Shows the board that the address names. */
function enter(session: Session): void {
  const name = boardName(location)
  history.replaceState(null, '', boardQuery(name))
  document.title = `${name} · Whiteboard · Coterie`
  setText(find(document, '#room-name', HTMLElement), `#${name}`)
  find(document, '#whiteboard', HTMLElement).hidden = false

  const client = new WebSocketClient({
    url: `${location.origin.replace(/^http/, 'ws')}${ENDPOINT}`,
    token: ({ reason }) => session.token(reason === 'refused'),
    // Somebody looks at this page: waiting longer than this would feel broken.
    maxReconnectDelay: MAX_RECONNECT_DELAY_MS,
  })
  const user = createUser(session)
  const board = new Board(client, name, user)
  showBoard(board, client, user)
  client.connect()

  find(document, '#leave', HTMLButtonElement).addEventListener('click', () => {
    client.disconnect()
    clearStored()
    location.reload()
  })
}
