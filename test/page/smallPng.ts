import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MOST_COLOURS = 256;
/** Colour types of the format. */
const RGB = 2;
const RGBA = 6;
const PALETTE = 3;

/** The same image with at most 256 colours: a screenshot of text and flat areas loses nothing that can be seen, and most of its size. */
export function smallPng(png: Buffer): Buffer {
  const { width, height, pixels } = decode(png);
  const { palette, indexes } = reduce(pixels);
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) indexes.copy(rows, y * (width + 1) + 1, y * width, (y + 1) * width);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, PALETTE, 0, 0, 0], 8);
  const parts = [
    chunk("IHDR", header),
    chunk("PLTE", palette),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ];
  return Buffer.concat([SIGNATURE, ...parts]);
}

/** The pixels as 0xRRGGBB. The page is opaque, so alpha is left out. */
function decode(png: Buffer): { readonly width: number; readonly height: number; readonly pixels: Uint32Array } {
  const data: Buffer[] = [];
  let header = Buffer.alloc(0);
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const name = png.toString("latin1", at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (name === "IHDR") header = Buffer.from(body);
    if (name === "IDAT") data.push(body);
    at += length + 12;
  }
  const [width, height, type] = [header.readUInt32BE(0), header.readUInt32BE(4), header[9]];
  if (header[8] !== 8 || (type !== RGB && type !== RGBA)) throw new RangeError("not a screenshot");
  const size = type === RGBA ? 4 : 3;
  const bytes = unfiltered(inflateSync(Buffer.concat(data)), width * size, size);
  const pixels = new Uint32Array(width * height);
  for (let i = 0; i < pixels.length; i++) pixels[i] = bytes.readUIntBE(i * size, 3);
  return { width, height, pixels };
}

/** Undoes the filter of each row. */
function unfiltered(rows: Buffer, stride: number, size: number): Buffer {
  const height = rows.length / (stride + 1);
  const out = Buffer.alloc(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const left = x >= size ? (out[y * stride + x - size] ?? 0) : 0;
      const up = y > 0 ? (out[(y - 1) * stride + x] ?? 0) : 0;
      const upLeft = x >= size && y > 0 ? (out[(y - 1) * stride + x - size] ?? 0) : 0;
      const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, upLeft)][filter ?? 0] ?? 0;
      out[y * stride + x] = ((rows[y * (stride + 1) + 1 + x] ?? 0) + predicted) & 0xff;
    }
  }
  return out;
}

function paeth(left: number, up: number, upLeft: number): number {
  const guess = left + up - upLeft;
  const [toLeft, toUp, toUpLeft] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - upLeft)];
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}

/** Colours that differ in few low bits become the most frequent one of them, until 256 are left. */
function reduce(pixels: Uint32Array): { readonly palette: Buffer; readonly indexes: Buffer } {
  const counts = new Map<number, number>();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const frequent: readonly number[] = Array.from(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([pixel]) => pixel);
  const masks = [0xffffff, 0xfefefe, 0xfcfcfc, 0xf8f8f8, 0xf0f0f0, 0xe0e0e0, 0xc0c0c0];
  const mask = masks.find((one) => new Set(frequent.map((pixel) => pixel & one)).size <= MOST_COLOURS) ?? 0;
  const colours = new Map<number, number>();
  const palette = Buffer.alloc(MOST_COLOURS * 3);
  for (const pixel of frequent) {
    if (colours.has(pixel & mask)) continue;
    palette.writeUIntBE(pixel, colours.size * 3, 3);
    colours.set(pixel & mask, colours.size);
  }
  return {
    palette: palette.subarray(0, colours.size * 3),
    indexes: Buffer.from(Array.from(pixels, (pixel) => colours.get(pixel & mask) ?? 0)),
  };
}

function chunk(name: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, "latin1"), body]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
