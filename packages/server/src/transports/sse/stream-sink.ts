import type { ServerResponse } from 'node:http'

const HIGH_WATER_MARK_BYTES = 65_536

/** The destination of an event stream's bytes. */
export interface StreamSink {
  /** Bytes accepted that the peer has not read yet. */
  readonly bufferedBytes: number
  write(bytes: Uint8Array): void
  /** Ends the stream after everything written was sent. */
  end(): void
  /** Ends the stream at once. */
  destroy(): void
}

/** The events of the other end of a stream. */
export interface StreamEvents {
  onDrain(): void
  onClose(): void
}

/** Writes a stream to a response of Node's server. */
export function responseSink(response: ServerResponse, events: StreamEvents): StreamSink {
  response.on('drain', events.onDrain)
  response.on('close', events.onClose)
  // A peer that has gone causes `close`.
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

/** Writes a stream to the body of a Fetch API response. */
export function bodySink(events: StreamEvents): { sink: StreamSink; body: ReadableStream } {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given
      },
      pull: () => events.onDrain(),
      // Frames queued in this tick are still written.
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
