import { Schema } from 'prosemirror-model'
import { marks, nodes } from 'prosemirror-schema-basic'
import { addListNodes } from 'prosemirror-schema-list'

const { image: _, ...blocks } = nodes
const base = new Schema({ nodes: blocks })

type NodeName = keyof typeof blocks | 'bullet_list' | 'ordered_list' | 'list_item'

/** What a document consists of: paragraphs, headings, lists, quotes and code. */
export const documentSchema = new Schema<NodeName, keyof typeof marks>({
  nodes: addListNodes(base.spec.nodes, 'paragraph block*', 'block'),
  marks,
})
