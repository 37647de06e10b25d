import { type RealtimeError, WebSocketClient } from '@coterie/client'
import { Announcer } from '../../chat/page/announcer.ts'
import { find, setText } from '../../chat/page/element.ts'
import { NameForm } from '../../chat/page/name-form.ts'
import { Session } from '../../chat/page/session.ts'
import { clearStored } from '../../chat/page/storage.ts'
import { currentDocumentName, documentLink, newDocumentName } from './document-name.ts'
import type { Writer } from './editor-marks.ts'
import { OpenDocument } from './open-document.ts'
import { ParagraphList } from './paragraph-list.ts'
import { ProblemBanner } from './problem-banner.ts'
import { problemText } from './problem-text.ts'
import { ShareDocument } from './share-document.ts'
import { SideSheet } from './side-sheet.ts'
import { StatusLine } from './status-line.ts'
import { TitleField } from './title-field.ts'
import { Unsaved } from './unsaved.ts'
import { nameOf } from './writer-name.ts'
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
  const unsaved = new Unsaved(name)
  const opened = new OpenDocument({
    client,
    name,
    user: { id: session.userId, name: session.name },
    unsaved: unsaved.take(),
    onChange: () => show(),
    onRefused: (error) => banner.show(problemText(error)),
  })
  const paragraphs = new ParagraphList(opened, () => title.focus())
  const title = new TitleField(opened, () => paragraphs.focusStart())
  let wasOpened = false

  const show = (): void => {
    document.title = `${opened.title || 'Untitled'} · Coterie`
    setText(find(document, '#document-name', HTMLElement), name)
    status.show(opened)
    writers.show(opened)
    showRefusal(opened, banner, client)
    root.dataset.isOpened = String(opened.isOpened)
    if (!opened.isOpened) return
    const writersAt = (place: string): readonly Writer[] =>
      opened.others
        .filter(({ data }) => data.paragraphId === place)
        .map(({ user }) => ({ id: user.id, name: nameOf(user) }))
    title.show(writersAt(''))
    paragraphs.show(writersAt)
    if (!wasOpened) focusFirst(opened, title, paragraphs)
    wasOpened = true
  }
  show()
  client.connect()

  const keep = (): void => {
    opened.flush()
    unsaved.keep(opened.unsaved)
  }
  find(document, '#leave', HTMLButtonElement).addEventListener('click', () => {
    opened.flush()
    client.disconnect()
    removeEventListener('pagehide', keep)
    clearStored()
    location.reload()
  })
  find(document, '#new', HTMLAnchorElement).href = documentLink(newDocumentName())
  addEventListener('pagehide', keep)
  addEventListener('beforeunload', (event) => {
    opened.flush()
    // Only this page has them: whoever closes it without a connection loses them.
    if (opened.waiting > 0 && !opened.isConnected) event.preventDefault()
  })
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

function showRefusal(
  { refusal, user }: OpenDocument,
  banner: ProblemBanner,
  client: WebSocketClient,
): void {
  if (!refusal || client.status() !== 'connected') return
  banner.show(`${user.name}, you cannot open this document: ${refusal.message}.`, {
    label: 'Try again',
    run: () => location.reload(),
  })
}

function focusFirst({ title, paragraphs }: OpenDocument, field: TitleField, list: ParagraphList) {
  const isEmpty = title === '' && paragraphs.every(({ text }) => text === '')
  if (isEmpty) field.focus()
  else list.focusStart()
}
