import { usePresence, WebSocketClient } from '@coterie/client'
import { Announcer } from '../../chat/page/announcer.ts'
import { find, setText } from '../../chat/page/element.ts'
import { Toast } from '../../whiteboard/page/toast.ts'
import { ComposeForm } from './compose-form.ts'
import { EntryForm } from './entry-form.ts'
import { PreferencesDialog } from './preferences-dialog.ts'
import { Recipients } from './recipients.ts'
import { showInbox } from './show-inbox.ts'
import { Visitor } from './visitor.ts'

const LOBBY = 'inbox:lobby'
const MAX_RECONNECT_DELAY_MS = 5_000

const entry = new EntryForm(async (name) => enter(await Visitor.start(name)))
const stored = Visitor.storedName
if (stored === undefined) entry.show()
else Visitor.start(stored).then(enter, () => entry.show())

function enter(visitor: Visitor): void {
  const root = find(document, '#app', HTMLElement)
  root.hidden = false
  setText(find(document, '#me', HTMLElement), visitor.name)
  const client = new WebSocketClient({
    url: location.origin,
    token: () => visitor.token(),
    // Somebody looks at this page: waiting longer than this would feel broken.
    maxReconnectDelay: MAX_RECONNECT_DELAY_MS,
  })
  const announcer = new Announcer()
  const toast = new Toast(announcer)
  const recipients = new Recipients(visitor)
  const compose = new ComposeForm(client, recipients, toast)
  new PreferencesDialog(client, toast)
  showLobby(client, visitor, recipients)
  const view = (name: 'inbox' | 'compose'): void => {
    root.dataset.view = name
  }
  showInbox({ client, announcer, toast, onCall: () => view('inbox') })
  find(document, '#write', HTMLButtonElement).addEventListener('click', () => {
    view('compose')
    compose.focus()
  })
  find(document, '#leave', HTMLButtonElement).addEventListener('click', () => {
    client.disconnect()
    Visitor.forget()
    location.reload()
  })
  client.connect()
}

function showLobby(client: WebSocketClient, visitor: Visitor, recipients: Recipients): void {
  const user = { id: visitor.userId, name: visitor.name }
  const { others } = usePresence({ client, room: LOBBY, user })
  others.subscribe((present) => recipients.show(present))
}
