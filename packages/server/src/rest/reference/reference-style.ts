import { createHash } from 'node:crypto'

/** The style of the page, inline so that it needs no other file. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2128; --soft: #5b6472; --line: #dfe3e8;
  --paper: #fff; --panel: #f6f7f9; --accent: #3355d1; --get: #17713d; --post: #3355d1;
  --put: #8a5a00; --patch: #7a3aa8; --delete: #b3261e }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --soft: #98a2b1; --line: #2c333d;
  --paper: #12161b; --panel: #1a2027; --accent: #8ea6ff; --get: #5fcf8b; --post: #8ea6ff;
  --put: #e3b04b; --patch: #c99bf0; --delete: #ff8a80 } }
* { box-sizing: border-box }
html { scroll-padding-top: 1rem }
body { margin: 0; color: var(--ink); background: var(--paper);
  font: 15px/1.55 system-ui, sans-serif; display: grid; grid-template-columns: 19rem 1fr }
a { color: var(--accent); text-decoration: none }
a:hover { text-decoration: underline }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.5rem 1rem;
  border-right: 1px solid var(--line); background: var(--panel); font-size: 13.5px }
nav h2 { font-size: 11.5px; letter-spacing: .06em; text-transform: uppercase;
  color: var(--soft); margin: 1.4rem 0 .3rem }
nav ul { list-style: none; margin: 0; padding: 0 }
nav li a { display: flex; gap: .5rem; padding: .16rem 0; color: var(--ink) }
main { padding: 2rem 3rem 6rem; max-width: 62rem; min-width: 0 }
h1 { margin: 0; font-size: 1.9rem } main h2 { margin: 3.2rem 0 .2rem; font-size: 1.35rem }
.lead, .soft { color: var(--soft) }
article { border: 1px solid var(--line); border-radius: 10px; margin: 1.1rem 0;
  padding: 1rem 1.3rem; overflow: hidden }
article h3 { margin: 0; font-size: 1.05rem } article h4 { margin: 1.1rem 0 .3rem;
  font-size: 11.5px; letter-spacing: .06em; text-transform: uppercase; color: var(--soft) }
.route { margin: .25rem 0 .5rem; font: 13.5px/1.5 ui-monospace, monospace;
  overflow-wrap: anywhere }
.method { font: 700 11px/1.7 ui-monospace, monospace; text-transform: uppercase;
  min-width: 3.2rem; display: inline-block }
.get { color: var(--get) } .post { color: var(--post) } .put { color: var(--put) }
.patch { color: var(--patch) } .delete { color: var(--delete) }
code, pre { font: 12.5px/1.55 ui-monospace, monospace }
code { background: var(--panel); border-radius: 4px; padding: .05rem .3rem }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
  padding: .8rem 1rem; overflow: auto; margin: .5rem 0 }
.fields { list-style: none; margin: .2rem 0; padding: 0 }
.fields .fields { margin: .3rem 0 0 .2rem; padding-left: .9rem; border-left: 2px solid var(--line) }
.fields > li { padding: .3rem 0; border-top: 1px solid var(--line) }
.fields > li:first-child { border-top: 0 }
.required { color: var(--delete); font-size: 12px }
summary { cursor: pointer; padding: .25rem 0 }
.status { font: 700 12.5px ui-monospace, monospace; margin-right: .4rem }
@media (max-width: 60rem) { body { display: block } main { padding: 1.2rem }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line) } }
`

/** The hash of the style for the content security policy. */
export const STYLE_HASH = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`
