import { randomBytes } from "node:crypto";

/** Frames of RFC 6455, as far as a client of the API server needs them: undici's WebSocket is not part of the bundle. */
export const OPCODES = { continuation: 0, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const FINAL_BIT = 0x80;
const MASK_BIT = 0x80;
const MASK_BYTES = 4;
/** A longer message is refused: a kubelet sends at most what one read of its connection brought. */
const MESSAGE_LIMIT_BYTES = 16 * 1024 * 1024;

/** A whole message in one frame, masked as a client must. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const length = payload.length;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = FINAL_BIT | opcode;
  head[1] = MASK_BIT | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  const mask = randomBytes(MASK_BYTES);
  const masked = Buffer.from(payload);
  for (let i = 0; i < length; i++) masked[i] = (masked[i] ?? 0) ^ (mask[i % MASK_BYTES] ?? 0);
  return Buffer.concat([head, mask, masked]);
}

/** A message of the server. */
export interface ServerMessage {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Puts the messages of a server together from the bytes of its connection. */
export class ServerMessages {
  #bytes = Buffer.alloc(0);
  #parts: ServerMessage | null = null;

  /** The messages that are whole with these bytes; null: it is no WebSocket, or a message is too long. */
  add(chunk: Buffer): readonly ServerMessage[] | null {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const messages: ServerMessage[] = [];
    for (;;) {
      const frame = readFrame(this.#bytes);
      if (frame === "wrong") return null;
      if (frame === null) return messages;
      this.#bytes = this.#bytes.subarray(frame.size);
      // A control frame may come between the parts of a message.
      if (frame.opcode >= OPCODES.close) {
        messages.push(frame);
        continue;
      }
      const payload = this.#parts === null ? frame.payload : Buffer.concat([this.#parts.payload, frame.payload]);
      const message = { opcode: this.#parts?.opcode ?? frame.opcode, payload };
      if (payload.length > MESSAGE_LIMIT_BYTES) return null;
      this.#parts = frame.final ? null : message;
      if (frame.final) messages.push(message);
    }
  }
}

interface Frame extends ServerMessage {
  readonly final: boolean;
  readonly size: number;
}

/** The first frame; null: it is not whole yet. */
function readFrame(bytes: Buffer): Frame | "wrong" | null {
  if (bytes.length < 2) return null;
  const [first = 0, second = 0] = bytes;
  const short = second & 0x7f;
  const at = short === 126 ? 4 : short === 127 ? 10 : 2;
  if ((second & MASK_BIT) !== 0) return "wrong";
  if (bytes.length < at) return null;
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (length > MESSAGE_LIMIT_BYTES) return "wrong";
  if (bytes.length < at + length) return null;
  const payload = Buffer.from(bytes.subarray(at, at + length));
  return { opcode: first & 0x0f, final: (first & FINAL_BIT) !== 0, payload, size: at + length };
}
