/** One series with its samples, in order. */
export interface WrittenSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly { readonly atMs: number; readonly value: number }[];
}

/** More series in one request than this only cost memory. */
const SERIES_AT_ONCE = 2_000;

/** Writes series into a Prometheus that runs with `--web.enable-remote-write-receiver`: into its head block, as scrapes are. */
export async function remoteWrite(url: string, series: Iterable<WrittenSeries>): Promise<void> {
  let batch: Buffer[] = [];
  for (const one of series) {
    batch.push(field(1, seriesMessage(one)));
    if (batch.length === SERIES_AT_ONCE) {
      await send(url, Buffer.concat(batch));
      batch = [];
    }
  }
  if (batch.length > 0) await send(url, Buffer.concat(batch));
}

async function send(url: string, message: Buffer): Promise<void> {
  const headers = { "content-encoding": "snappy", "content-type": "application/x-protobuf", "x-prometheus-remote-write-version": "0.1.0" };
  const response = await fetch(`${url}/api/v1/write`, { method: "POST", headers, body: new Uint8Array(snappy(message)) });
  if (!response.ok) throw new Error(`remote write: HTTP ${response.status} ${await response.text()}`);
}

/** `TimeSeries` of Prometheus's remote write 1.0: labels sorted by name, then samples. */
function seriesMessage({ labels, samples }: WrittenSeries): Buffer {
  const names = Object.keys(labels).sort();
  const label = (name: string): Buffer => Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(labels[name] ?? ""))]);
  const sample = (atMs: number, value: number): Buffer => {
    const double = Buffer.alloc(9);
    double[0] = (1 << 3) | 1;
    double.writeDoubleLE(value, 1);
    return Buffer.concat([double, Buffer.from([2 << 3]), varint(atMs)]);
  };
  return Buffer.concat([...names.map((name) => field(1, label(name))), ...samples.map(({ atMs, value }) => field(2, sample(atMs, value)))]);
}

/** A field of protobuf that has a length. */
function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}

/** Snappy's block format allows what is not compressed: the length, then literals of up to 64 KiB. */
function snappy(content: Buffer): Buffer {
  const parts = [varint(content.length)];
  for (let from = 0; from < content.length; from += 0x10000) {
    const literal = content.subarray(from, from + 0x10000);
    const head = Buffer.from([61 << 2, 0, 0]);
    head.writeUInt16LE(literal.length - 1, 1);
    parts.push(head, literal);
  }
  return Buffer.concat(parts);
}
