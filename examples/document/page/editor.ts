import type { YjsProvider } from '@coterie/client/yjs/provider'
import { EditorState, Plugin } from 'prosemirror-state'
import { Decoration, DecorationSet, EditorView } from 'prosemirror-view'
import { initProseMirrorDoc, yCursorPlugin, ySyncPlugin, yUndoPlugin } from 'y-prosemirror'
import { createCaret, followUsers, selectionOf } from './carets.ts'
import { keyBindings } from './key-bindings.ts'
import { documentSchema } from './schema.ts'

/** The name of the text in the Yjs document. */
export const TEXT = 'text'

/** What an editor is made of. */
export interface EditorOptions {
  readonly place: HTMLElement
  readonly provider: YjsProvider
  /** Called after each change of the text or of the caret. */
  readonly onChange: () => void
}

/** Makes the editor of a document: what is typed goes into Yjs, and what others type comes out. */
export function createEditor({ place, provider, onChange }: EditorOptions): EditorView {
  const text = provider.doc.getXmlFragment(TEXT)
  const { doc, mapping } = initProseMirrorDoc(text, documentSchema)
  followUsers(provider.awareness, place)
  return new EditorView(place, {
    state: EditorState.create({
      doc,
      plugins: [
        ySyncPlugin(text, { mapping }),
        yCursorPlugin(provider.awareness, {
          cursorBuilder: createCaret,
          selectionBuilder: selectionOf,
        }),
        yUndoPlugin(),
        ...keyBindings(),
        placeholder('Start writing…'),
        new Plugin({ view: () => ({ update: onChange }) }),
      ],
    }),
    attributes: { 'aria-label': 'Text', 'aria-multiline': 'true', role: 'textbox' },
  })
}

/** Returns the first words of a text, to call the document by. */
export function titleOf({ state }: EditorView): string {
  return state.doc.firstChild?.textContent.trim().slice(0, 80) ?? ''
}

function placeholder(text: string): Plugin {
  return new Plugin({
    props: {
      decorations({ doc }) {
        const [first] = [doc.firstChild]
        if (doc.childCount !== 1 || !first?.isTextblock || first.content.size > 0) return null
        const attributes = { class: 'placeholder', 'data-placeholder': text }
        return DecorationSet.create(doc, [Decoration.node(0, first.nodeSize, attributes)])
      },
    },
  })
}
