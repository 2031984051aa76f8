import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { type Dispatcher, WebSocket } from "undici";
import { createConnection } from "./connection.ts";
import { exchange } from "./exchange.ts";
import type { Impersonation } from "./impersonation.ts";
import type { KubeResult } from "./kubeApi.ts";
import { resourcePath } from "./resourcePath.ts";

export interface ForwardTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** A port of this machine that leads to one of a pod. */
export interface ForwardedPort {
  readonly port: number;
  stop(): void;
}

/** The kubelet's protocol for port-forward over WebSocket: the first byte of a message is its channel. */
const PROTOCOL = "v4.channel.k8s.io";
const DATA_CHANNEL = 0;
/** Both channels begin with a message that repeats the port. */
const PORT_BYTES = 2;
const OPEN_TIME_LIMIT_MS = 10_000;

/**
 * Forwards a port of 127.0.0.1 to a port of a pod, through the API server, as `kubectl port-forward` does: the connection begins in
 * the pod's own network, so that no policy of a mesh holds it. A failure if the first connection cannot be opened.
 */
export async function forwardPort(
  kubeConfig: KubeConfig,
  impersonation: Impersonation | null,
  target: ForwardTarget,
): Promise<KubeResult<ForwardedPort>> {
  const connection = createConnection(kubeConfig, impersonation);
  const { namespace, pod: name, port } = target;
  const path = `${resourcePath({ group: "", version: "v1", plural: "pods", namespace, name })}/portforward`;
  const open = async (): Promise<WebSocket | null> => {
    const { headers, dispatcher } = await connection.credentials();
    const url = connection.url(path, { ports: port }).replace(/^http/, "ws");
    return opened(new WebSocket(url, { protocols: PROTOCOL, dispatcher: overHttp1(dispatcher), headers: plain(headers) }));
  };
  const first = await open().catch(() => null);
  if (first === null) return refusal(await ask(connection, path, port));
  first.close();
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((local) => void carry(local, open, sockets));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  const stop = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { ok: true, value: { port: (server.address() as { port: number }).port, stop } };
}

/** A WebSocket hides why it was refused, so a plain request asks for it. */
function ask(connection: ReturnType<typeof createConnection>, path: string, port: number): Promise<KubeResult<unknown>> {
  const limits = { timeLimitMs: OPEN_TIME_LIMIT_MS, signal: null, lateMeansBroken: false };
  return exchange(connection, { method: "GET", path, query: { ports: port }, body: null, ...limits });
}

function refusal(answer: KubeResult<unknown>): KubeResult<ForwardedPort> {
  // 400 asks for an upgrade, so the request itself is allowed.
  if (!answer.ok && answer.status !== 400) return answer;
  return { ok: false, status: 502, reason: "NoUpgrade", message: "the API server opened no WebSocket to the pod's node" };
}

/** HTTP/2 has no upgrade. */
function overHttp1(dispatcher: Dispatcher): Dispatcher {
  return dispatcher.compose(
    (dispatch) => (options, handler) => dispatch({ ...options, allowH2: false } as Dispatcher.DispatchOptions, handler),
  );
}

function plain(headers: Readonly<Record<string, string | string[]>>): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one]));
}

/** The WebSocket once it is open; null: it was refused, or did not open in time. */
async function opened(socket: WebSocket): Promise<WebSocket | null> {
  socket.binaryType = "arraybuffer";
  const late = AbortSignal.timeout(OPEN_TIME_LIMIT_MS);
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.addEventListener("open", () => resolve(true), { once: true });
    socket.addEventListener("error", () => resolve(false), { once: true });
    late.addEventListener("abort", () => resolve(false), { once: true });
  });
  if (isOpen) return socket;
  socket.close();
  return null;
}

/** Carries the bytes of one local connection. */
async function carry(local: Socket, open: () => Promise<WebSocket | null>, sockets: Set<{ destroy(): void }>): Promise<void> {
  local.on("error", () => local.destroy());
  local.pause();
  const remote = await open().catch(() => null);
  if (remote === null) return void local.destroy();
  const both = { destroy: () => (local.destroy(), remote.close()) };
  sockets.add(both);
  const seen = new Map<number, number>();
  remote.addEventListener("message", ({ data }) => {
    const bytes = Buffer.from(data as ArrayBuffer);
    const channel = bytes[0] ?? 0;
    const skip = Math.max(0, Math.min(bytes.length - 1, PORT_BYTES - (seen.get(channel) ?? 0)));
    seen.set(channel, (seen.get(channel) ?? 0) + bytes.length - 1);
    const rest = bytes.subarray(1 + skip);
    if (rest.length === 0) return;
    // The other channel says why the pod's port cannot be reached.
    if (channel === DATA_CHANNEL) local.write(rest);
    else local.destroy();
  });
  remote.addEventListener("close", () => local.end());
  local.on("data", (chunk: Buffer) => remote.send(Buffer.concat([Buffer.from([DATA_CHANNEL]), chunk])));
  local.on("close", () => {
    sockets.delete(both);
    remote.close();
  });
  local.resume();
}
