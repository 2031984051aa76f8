import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import type { KubeApiserver } from "./kubeApiserver.ts";

/** A kubelet as far as port-forward is concerned: it speaks the WebSocket protocol of the CRI streaming server. */
export interface KubeletDouble {
  readonly port: number;
  /** `NAMESPACE/POD` of each request. */
  readonly forwarded: readonly string[];
  stop(): void;
}

const PROTOCOL = "v4.channel.k8s.io";
const HANDSHAKE = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const [DATA, ERROR] = [0, 1];
const [BINARY, CLOSE] = [2, 8];

/** Starts it with the API server's own certificate. Every port of a pod leads to the same port of 127.0.0.1. */
export async function startKubeletDouble({ folder }: KubeApiserver): Promise<KubeletDouble> {
  const file = (name: string) => readFileSync(join(folder, "certificates", name));
  const server = createServer({ cert: file("apiserver.crt"), key: file("apiserver.key") });
  const forwarded: string[] = [];
  server.on("upgrade", (request, socket) => {
    const url = new URL(request.url ?? "", "https://kubelet");
    const [, way, namespace, pod] = url.pathname.split("/");
    const port = Number(url.searchParams.get("ports") ?? url.searchParams.get("port"));
    if (way !== "portForward" || !Number.isInteger(port)) return void socket.destroy();
    forwarded.push(`${namespace}/${pod}`);
    const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${HANDSHAKE}`).digest("base64");
    const head = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`];
    socket.write(`${[...head, `Sec-WebSocket-Protocol: ${PROTOCOL}`].join("\r\n")}\r\n\r\n`);
    serve(socket, port);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    forwarded,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function serve(socket: Duplex, port: number): void {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(port);
  for (const channel of [DATA, ERROR]) socket.write(frame(Buffer.concat([Buffer.from([channel]), bytes])));
  const remote = connect(port, "127.0.0.1");
  remote.on("data", (chunk) => socket.write(frame(Buffer.concat([Buffer.from([DATA]), chunk]))));
  remote.on("error", (error) => socket.write(frame(Buffer.concat([Buffer.from([ERROR]), Buffer.from(String(error))]))));
  remote.on("close", () => socket.end());
  socket.on("close", () => remote.destroy());
  socket.on("error", () => remote.destroy());
  let pending = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (let read = readFrame(pending); read !== null; read = readFrame(pending)) {
      pending = pending.subarray(read.size);
      if (read.opcode === CLOSE) return void socket.end();
      if (read.opcode === BINARY && read.payload[0] === DATA) remote.write(read.payload.subarray(1));
    }
  });
}

/** A whole binary message. */
function frame(payload: Buffer): Buffer {
  const head = Buffer.alloc(payload.length < 126 ? 2 : 10);
  head[0] = 0x80 | BINARY;
  head[1] = payload.length < 126 ? payload.length : 127;
  if (payload.length >= 126) head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}

/** The first frame of a client, unmasked; null: it is not whole yet. */
function readFrame(bytes: Buffer): { readonly opcode: number; readonly payload: Buffer; readonly size: number } | null {
  if (bytes.length < 2) return null;
  const short = (bytes[1] ?? 0) & 0x7f;
  const at = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < at + 4) return null;
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < at + 4 + length) return null;
  const payload = Buffer.from(bytes.subarray(at + 4, at + 4 + length));
  for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (bytes[at + (i % 4)] ?? 0);
  return { opcode: (bytes[0] ?? 0) & 0x0f, payload, size: at + 4 + length };
}
