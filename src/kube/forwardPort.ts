import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { type Connection, createConnection } from "./connection.ts";
import { exchange } from "./exchange.ts";
import type { Impersonation } from "./impersonation.ts";
import type { KubeResult } from "./kubeApi.ts";
import { resourcePath } from "./resourcePath.ts";
import { clientFrame, OPCODES, ServerMessages } from "./webSocketFrames.ts";

export interface ForwardTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** A port of this machine that leads to one of a pod. */
export interface ForwardedPort {
  readonly port: number;
  readonly stop: () => void;
}

/** The kubelet's protocol for port-forward over WebSocket: the first byte of a message is its channel. */
const PROTOCOL = "v4.channel.k8s.io";
const DATA_CHANNEL = 0;
/** Both channels begin with two bytes that repeat the port. */
const PORT_BYTES = 2;
const OPEN_TIME_LIMIT_MS = 10_000;

/**
 * Forwards a port of 127.0.0.1 to a port of a pod, through the API server, as `kubectl port-forward` does: the connection begins in
 * the pod's own network, so that no policy of a mesh holds it. A failure if the first connection cannot be opened.
 */
export async function forwardPort(
  kubeConfig: KubeConfig,
  impersonation: Impersonation | null,
  { namespace, pod: name, port }: ForwardTarget,
): Promise<KubeResult<ForwardedPort>> {
  const connection = createConnection(kubeConfig, impersonation);
  const path = `${resourcePath({ group: "", version: "v1", plural: "pods", namespace, name })}/portforward`;
  const open = (): Promise<Duplex | null> => openSocket(connection, path, port).catch(() => null);
  const first = await open();
  if (first === null) return refusal(connection, path, port);
  first.destroy();
  const remotes = new Set<Duplex>();
  const server = createServer((local) => void carry(local, open, remotes));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  const stop = (): void => {
    server.close();
    for (const remote of remotes) remote.destroy();
  };
  return { ok: true, value: { port: (server.address() as { port: number }).port, stop } };
}

/** A WebSocket to the pod's node. Throws if it is refused. */
async function openSocket(connection: Connection, path: string, port: number): Promise<Duplex> {
  await connection.login();
  const { headers, dispatcher } = await connection.credentials();
  const url = new URL(connection.url(path, { ports: port }));
  const webSocket = {
    ...{ "sec-websocket-version": "13", "sec-websocket-key": randomBytes(16).toString("base64") },
    "sec-websocket-protocol": PROTOCOL,
  };
  const { socket } = await dispatcher.upgrade({
    ...{ path: `${url.pathname}${url.search}`, method: "GET", protocol: "websocket", headers: { ...headers, ...webSocket } },
    signal: AbortSignal.timeout(OPEN_TIME_LIMIT_MS),
    // undici knows these options; its types do not. HTTP/2 has no upgrade.
    ...{ origin: url.origin, allowH2: false },
  });
  return socket;
}

/** An upgrade hides why it was refused, so a plain request asks for it. */
async function refusal(connection: Connection, path: string, port: number): Promise<KubeResult<ForwardedPort>> {
  const limits = { timeLimitMs: OPEN_TIME_LIMIT_MS, signal: null, lateMeansBroken: false };
  const answer = await exchange(connection, { method: "GET", path, query: { ports: port }, body: null, ...limits });
  // 400 asks for an upgrade, so the request itself is allowed.
  if (!answer.ok && answer.status !== 400) return answer;
  return { ok: false, status: 502, reason: "NoUpgrade", message: "the API server opened no WebSocket to the pod's node" };
}

/** Carries the bytes of one local connection. */
async function carry(local: Socket, open: () => Promise<Duplex | null>, remotes: Set<Duplex>): Promise<void> {
  local.pause();
  local.on("error", () => local.destroy());
  const remote = await open();
  if (remote === null) return void local.destroy();
  remotes.add(remote);
  const messages = new ServerMessages();
  const seen = new Map<number, number>();
  remote.on("error", () => remote.destroy());
  remote.on("close", () => {
    remotes.delete(remote);
    local.end();
  });
  remote.on("data", (chunk: Buffer) => {
    const whole = messages.add(chunk);
    if (whole === null) return void remote.destroy();
    for (const { opcode, payload } of whole) {
      if (opcode === OPCODES.close) remote.end();
      else if (opcode === OPCODES.ping) remote.write(clientFrame(OPCODES.pong, payload));
      else if (opcode === OPCODES.binary) deliver(payload, seen, local);
    }
  });
  local.on("data", (chunk: Buffer) => remote.write(clientFrame(OPCODES.binary, Buffer.concat([Buffer.from([DATA_CHANNEL]), chunk]))));
  local.on("close", () => remote.destroy());
  local.resume();
}

/** The bytes of a message after its channel, without those that repeat the port. */
function deliver(message: Buffer, seen: Map<number, number>, local: Socket): void {
  const channel = message[0] ?? DATA_CHANNEL;
  const before = seen.get(channel) ?? 0;
  seen.set(channel, before + message.length - 1);
  const bytes = message.subarray(1 + Math.max(0, Math.min(message.length - 1, PORT_BYTES - before)));
  if (bytes.length === 0) return;
  if (channel === DATA_CHANNEL) local.write(bytes);
  // The other channel says why the pod's port cannot be reached.
  else local.destroy();
}
