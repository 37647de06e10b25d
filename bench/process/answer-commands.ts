import type { Answer, Call, Commands } from './remote-process.ts'

/** Answers what the parent process asks, and ends with it. */
export function answerCommands<Names extends Commands<Names>>(commands: Names): void {
  process.on('message', async ({ id, name, argument }: Call) => {
    let answer: Answer
    try {
      const command = commands[name as keyof Names] as unknown as (argument: unknown) => unknown
      answer = { id, value: await command(argument) }
    } catch (error) {
      const { name: kind, message } = error instanceof Error ? error : new Error(String(error))
      answer = { id, error: { name: kind, message } }
    }
    if (process.connected) process.send?.(answer)
  })
  process.on('disconnect', () => process.exit(0))
}
