import { find } from '../../chat/page/element.ts'
import type { Toast } from './toast.ts'

/** Hands out the link to the board. */
export function watchShareButton(link: string, toast: Toast): void {
  find(document, '#share', HTMLButtonElement).addEventListener('click', async () => {
    try {
      // Only there over HTTPS and on localhost.
      await navigator.clipboard.writeText(link)
      toast.say('Link copied. Open it in a second window, or send it to somebody.')
    } catch {
      toast.say('Copy the address of this page: whoever opens it is at the board.')
    }
  })
}
