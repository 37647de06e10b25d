/** How much acknowledged data a crash may lose: nothing at all only with `full`. */
export type Durability =
  /** The operating system writes when it likes; a killed process loses nothing. */
  | 'memory'
  /** A killed process loses nothing; a power cut may take the last moments. */
  | 'normal'
  /** A power cut loses nothing; every commit waits for the disk. */
  | 'full'
