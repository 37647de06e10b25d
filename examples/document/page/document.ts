import { type RealtimeError, WebSocketClient } from '@coterie/client'
import { Announcer } from '../../chat/page/announcer.ts'
import { find, setText } from '../../chat/page/element.ts'
import { NameForm } from '../../chat/page/name-form.ts'
import { Session } from '../../chat/page/session.ts'
import { clearStored } from '../../chat/page/storage.ts'
import { currentDocumentName, documentLink, newDocumentName } from './document-name.ts'
import { createEditor, titleOf } from './editor.ts'
import { OpenDocument } from './open-document.ts'
import { ProblemBanner } from './problem-banner.ts'
import { problemText } from './problem-text.ts'
import { ShareDocument } from './share-document.ts'
import { SideSheet } from './side-sheet.ts'
import { StatusLine } from './status-line.ts'
import { Toolbar } from './toolbar.ts'
import { WritersPanel } from './writers-panel.ts'

const MAX_RECONNECT_DELAY_MS = 5_000

const resumed = Session.resume()
if (resumed) enter(resumed)
else {
  const form = new NameForm(async ({ name, room }) => {
    const session = await Session.start(name)
    history.replaceState(null, '', documentLink(room))
    form.hide()
    enter(session)
  })
  form.show(currentDocumentName())
}

/** Shows the document that the address names. */
function enter(session: Session): void {
  const name = currentDocumentName()
  history.replaceState(null, '', documentLink(name))
  const root = find(document, '#document', HTMLElement)
  root.hidden = false
  setText(find(document, '#document-name', HTMLElement), name)
  const announcer = new Announcer()
  const banner = new ProblemBanner()
  const status = new StatusLine(announcer)
  const writers = new WritersPanel()
  new SideSheet()
  new ShareDocument(name, announcer)

  const client = connect(session, (error) => {
    if (client.status() !== 'disconnected') return
    const text = `The server said no: ${error.message}.`
    banner.show(text, { label: 'Try again', run: () => client.connect() })
  })
  const opened = new OpenDocument({
    client,
    name,
    user: { id: session.userId, name: session.name },
    onChange: () => show(),
  })
  // Made once the document is there: before that there is nothing to write in.
  let shown: Shown | undefined
  let isShowing = false
  let told: RealtimeError | null = null

  const show = (): void => {
    status.show(opened.progress)
    writers.show(opened)
    root.dataset.isOpened = String(opened.isOpened)
    if (opened.refusal && client.status() === 'connected') {
      const text = `${opened.user.name}, you cannot open this document: ${opened.refusal.message}.`
      banner.show(text, { label: 'Try again', run: () => location.reload() })
    } else if (opened.problem && opened.problem !== told) banner.show(problemText(opened.problem))
    told = opened.problem
    if (opened.isOpened && !isShowing) {
      // Before the editor is there, which changes something as soon as it has the caret.
      isShowing = true
      shown = edit(opened)
    }
    document.title = `${(shown && titleOf(shown.view)) || 'Untitled'} · Coterie`
  }
  show()
  client.connect()

  const keep = (): void => opened.keepUnsent()
  find(document, '#leave', HTMLButtonElement).addEventListener('click', () => {
    opened.provider.destroy()
    removeEventListener('pagehide', keep)
    client.disconnect()
    clearStored()
    location.reload()
  })
  find(document, '#new', HTMLAnchorElement).href = documentLink(newDocumentName())
  addEventListener('pagehide', keep)
  addEventListener('beforeunload', (event) => {
    // Only this page has them: closing it without a connection loses them.
    const { hasUnsent, isConnected } = opened.progress
    if (hasUnsent && !isConnected) event.preventDefault()
  })
}

interface Shown {
  readonly view: ReturnType<typeof createEditor>
}

function edit({ provider }: OpenDocument): Shown {
  const place = find(document, '#text', HTMLElement)
  let toolbar: Toolbar | undefined
  const view = createEditor({ place, provider, onChange: () => toolbar?.show() })
  toolbar = new Toolbar(view)
  view.focus()
  return { view }
}

function connect(session: Session, onError: (error: RealtimeError) => void): WebSocketClient {
  return new WebSocketClient({
    url: location.origin,
    token: ({ reason }) => session.token(reason === 'refused'),
    // Somebody looks at this page: waiting longer than this would feel broken.
    maxReconnectDelay: MAX_RECONNECT_DELAY_MS,
    onError,
  })
}
