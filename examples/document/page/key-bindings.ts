import { baseKeymap, chainCommands, exitCode } from 'prosemirror-commands'
import { inputRules, textblockTypeInputRule, wrappingInputRule } from 'prosemirror-inputrules'
import { keymap } from 'prosemirror-keymap'
import { liftListItem, sinkListItem, splitListItem } from 'prosemirror-schema-list'
import type { Command, Plugin } from 'prosemirror-state'
import { COMMANDS } from './commands.ts'
import { documentSchema } from './schema.ts'

const { nodes } = documentSchema

const breakLine: Command = (state, dispatch) => {
  dispatch?.(state.tr.replaceSelectionWith(nodes.hard_break.create()).scrollIntoView())
  return true
}

/** What keys do, and what is made of `# `, `- `, `1. ` and `> ` at the start of a paragraph. */
export function keyBindings(): Plugin[] {
  const ofCommands = Object.values(COMMANDS).map(({ keys, run }): [string, Command] => [keys, run])
  return [
    inputRules({
      rules: [
        textblockTypeInputRule(/^(#{1,3})\s$/, nodes.heading, ([, hashes = '#']) => ({
          level: hashes.length,
        })),
        wrappingInputRule(/^\s*([-*])\s$/, nodes.bullet_list),
        wrappingInputRule(/^(\d+)\.\s$/, nodes.ordered_list, ([, order]) => ({
          order: Number(order),
        })),
        wrappingInputRule(/^\s*>\s$/, nodes.blockquote),
      ],
    }),
    keymap({
      ...Object.fromEntries(ofCommands),
      'Mod-Shift-z': COMMANDS.redo.run,
      'Mod-]': sinkListItem(nodes.list_item),
      'Mod-[': liftListItem(nodes.list_item),
      Enter: splitListItem(nodes.list_item),
      'Shift-Enter': chainCommands(exitCode, breakLine),
    }),
    keymap(baseKeymap),
  ]
}
