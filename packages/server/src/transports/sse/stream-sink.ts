import type { ServerResponse } from 'node:http'

const HIGH_WATER_MARK_BYTES = 65_536

/** Where the bytes of an event stream go. */
export interface StreamSink {
  /** Bytes accepted that the peer has not taken yet. */
  readonly bufferedBytes: number
  write(bytes: Uint8Array): void
  /** Ends the stream after what was written. */
  end(): void
  /** Ends the stream at once. */
  destroy(): void
}

/** What happens at the other end of a stream. */
export interface StreamEvents {
  onDrain(): void
  onClose(): void
}

/** Streams into a response of Node's server. */
export function responseSink(response: ServerResponse, events: StreamEvents): StreamSink {
  response.on('drain', events.onDrain)
  response.on('close', events.onClose)
  // A peer that is gone shows as `close`.
  response.on('error', () => {})
  return {
    get bufferedBytes() {
      return response.writableLength
    },
    write: (bytes) => response.write(bytes),
    end: () => response.end(),
    destroy: () => response.destroy(),
  }
}

/** Streams into the body of a response of the web platform's kind. */
export function bodySink(events: StreamEvents): { sink: StreamSink; body: ReadableStream } {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given
      },
      pull: () => events.onDrain(),
      // What was queued in this tick is written yet.
      cancel: () => finish(() => {}),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_MARK_BYTES }),
  )
  const finish = (end: () => void): void => {
    if (!controller) return
    end()
    controller = undefined
    events.onClose()
  }
  const sink: StreamSink = {
    get bufferedBytes() {
      return HIGH_WATER_MARK_BYTES - (controller?.desiredSize ?? HIGH_WATER_MARK_BYTES)
    },
    write: (bytes) => controller?.enqueue(bytes),
    end: () => finish(() => controller?.close()),
    destroy: () => finish(() => controller?.error(new Error('the stream was ended'))),
  }
  return { sink, body }
}
