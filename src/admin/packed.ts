import { once } from "node:events";
import { constants, createGzip } from "node:zlib";

/** So much text is made at once; the event loop runs between two such pieces, while another thread compresses. */
const PIECE_CHARS = 64 * 1024;

/** A long text, compressed: of ten thousand routes, 27 MB of metrics are 1 MB. */
export interface Packed {
  readonly gzip: Buffer;
  /** Of the text, in bytes. */
  readonly length: number;
}

/** Compresses a text while it is made, piece by piece. */
export async function pack(texts: Iterable<string>): Promise<Packed> {
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  const chunks: Buffer[] = [];
  gzip.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = once(gzip, "end");
  let length = 0;
  let piece = "";
  const write = async (): Promise<void> => {
    const bytes = Buffer.from(piece);
    piece = "";
    length += bytes.length;
    if (!gzip.write(bytes)) await once(gzip, "drain");
  };
  for (const text of texts) {
    piece += text;
    if (piece.length >= PIECE_CHARS) await write();
  }
  await write();
  gzip.end();
  await ended;
  return { gzip: Buffer.concat(chunks), length };
}

/** Runs `build` once for all who ask while it runs. */
export function shared<T>(build: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= build().finally(() => {
      running = null;
    });
    return running;
  };
}
