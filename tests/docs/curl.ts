// As much of curl as the guides use, so that nothing has to be installed to try them.
let method: string | undefined
let body: string | undefined
let url: string | undefined
const headers = new Headers()

const words = process.argv.slice(2)
while (words.length > 0) {
  const word = words.shift() ?? ''
  if (word === '-X') method = words.shift()
  else if (word === '-d') body = words.shift()
  else if (word === '-H') {
    const [, name = '', value = ''] = /^([^:]+): *(.*)$/.exec(words.shift() ?? '') ?? []
    headers.set(name, value)
  } else if (word.startsWith('-')) throw new Error(`this curl does not know ${word}`)
  else url = word
}
if (url === undefined) throw new Error('curl: no address')
// A form, unless something else is said: as the real one has it.
if (body !== undefined && !headers.has('content-type')) {
  headers.set('content-type', 'application/x-www-form-urlencoded')
}
const response = await fetch(url, {
  method: method ?? (body === undefined ? 'GET' : 'POST'),
  headers,
  ...(body !== undefined && { body }),
})
process.stdout.write(`\n@answered ${response.status} ${await response.text()}\n`)
