import { setBlockType, toggleMark, wrapIn } from 'prosemirror-commands'
import type { MarkType, NodeType } from 'prosemirror-model'
import { liftListItem, wrapInList } from 'prosemirror-schema-list'
import type { Command, EditorState } from 'prosemirror-state'
import { redo, undo, yUndoPluginKey } from 'y-prosemirror'
import { documentSchema } from './schema.ts'

const { nodes, marks } = documentSchema

/** Something that one can do to the text. */
export interface EditorCommand {
  readonly label: string
  /** As it is shown; `Mod` is the command key of a Mac, else Ctrl. */
  readonly keys: string
  readonly run: Command
  /** Whether it holds where the caret is; undefined for what holds nowhere. */
  readonly isActive?: (state: EditorState) => boolean
}

/** The commands, in the order of the toolbar. */
export const COMMANDS = {
  bold: markCommand('Bold', 'Mod-b', marks.strong),
  italic: markCommand('Italic', 'Mod-i', marks.em),
  code: markCommand('Code', 'Mod-e', marks.code),
  heading: {
    label: 'Heading',
    keys: 'Mod-Alt-1',
    run: (state, dispatch) =>
      isIn(state, nodes.heading)
        ? setBlockType(nodes.paragraph)(state, dispatch)
        : setBlockType(nodes.heading, { level: 1 })(state, dispatch),
    isActive: (state) => isIn(state, nodes.heading),
  },
  bulletList: listCommand('Bullet list', 'Mod-Shift-8', nodes.bullet_list),
  orderedList: listCommand('Numbered list', 'Mod-Shift-7', nodes.ordered_list),
  quote: {
    label: 'Quote',
    keys: 'Mod-Shift-9',
    run: wrapIn(nodes.blockquote),
    isActive: (state) => isIn(state, nodes.blockquote),
  },
  undo: { label: 'Undo', keys: 'Mod-z', run: (state) => canUndo(state) && undo(state) },
  redo: { label: 'Redo', keys: 'Mod-y', run: (state) => canRedo(state) && redo(state) },
} as const satisfies Record<string, EditorCommand>

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS

/** Tells whether there is an own edit to take back. */
export function canUndo(state: EditorState): boolean {
  return (yUndoPluginKey.getState(state)?.undoManager.undoStack.length ?? 0) > 0
}

/** Tells whether there is an own edit to make again. */
export function canRedo(state: EditorState): boolean {
  return (yUndoPluginKey.getState(state)?.undoManager.redoStack.length ?? 0) > 0
}

/** Hears when there is more or less to take back or to make again. */
export function onUndoable(state: EditorState, onChange: () => void): void {
  const { undoManager } = yUndoPluginKey.getState(state) ?? {}
  undoManager?.on('stack-item-added', onChange)
  undoManager?.on('stack-item-popped', onChange)
}

function markCommand(label: string, keys: string, type: MarkType): EditorCommand {
  return { label, keys, run: toggleMark(type), isActive: (state) => isMarked(state, type) }
}

function listCommand(label: string, keys: string, type: NodeType): EditorCommand {
  return {
    label,
    keys,
    run: (state, dispatch, view) =>
      isIn(state, type)
        ? liftListItem(nodes.list_item)(state, dispatch, view)
        : wrapInList(type)(state, dispatch, view),
    isActive: (state) => isIn(state, type),
  }
}

function isMarked({ selection, storedMarks, doc }: EditorState, type: MarkType): boolean {
  const { from, to, empty, $from } = selection
  if (empty) return type.isInSet(storedMarks ?? $from.marks()) !== undefined
  return doc.rangeHasMark(from, to, type)
}

function isIn({ selection: { $from } }: EditorState, type: NodeType): boolean {
  for (let depth = $from.depth; depth > 0; depth -= 1) {
    if ($from.node(depth).type === type) return true
  }
  return false
}
