import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Faults of the network between a client and a server. */
export type TcpFault =
  /** Nothing arrives during the fault; the bytes arrive afterwards. */
  | "silent"
  /** Open connections are dropped silently: nothing arrives on them any more, without a reset. New ones work. */
  | "forgotten"
  /** Every connection is reset, including new ones. */
  | "reset"
  /** All bytes arrive this much later, in both directions. */
  | { readonly delayMs: number }
  /** Only the beginning of each answer arrives, then the connection ends. */
  | { readonly truncateAfterBytes: number };

export interface TcpProxy {
  readonly port: number;
  /** Sets the fault; null ends it. */
  suffer(fault: TcpFault | null): void;
  stop(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Each delivery waits for the previous one. */
  toServer: Promise<void>;
  toClient: Promise<void>;
  answeredBytes: number;
  forgotten: boolean;
}

/** A TCP proxy between a client and a server on 127.0.0.1; returns its port. */
export async function openTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let fault: TcpFault | null = null;
  let mended = Promise.withResolvers<void>();
  const arrive = async (pair: Pair, before: Promise<void>, deliver: () => void): Promise<void> => {
    const late = fault !== null && typeof fault === "object" && "delayMs" in fault ? sleep(fault.delayMs, undefined, { ref: false }) : null;
    await before;
    if (late !== null) await Promise.race([late, mended.promise]);
    while (fault === "silent") await mended.promise;
    if (!pair.forgotten) deliver();
  };
  const answer = (pair: Pair, bytes: Buffer): void => {
    if (fault === null || typeof fault !== "object" || !("truncateAfterBytes" in fault)) return void pair.client.write(bytes);
    const left = fault.truncateAfterBytes - pair.answeredBytes;
    pair.answeredBytes += bytes.length;
    if (left > 0) pair.client.write(bytes.subarray(0, left));
    if (left < bytes.length) drop(pair);
  };
  const drop = (pair: Pair): void => {
    pair.client.end();
    pair.server.destroy();
  };
  const listener = createServer((client) => {
    if (fault === "reset") return void client.resetAndDestroy();
    const done = Promise.resolve();
    const server = connect(targetPort, "127.0.0.1");
    const pair: Pair = { client, server, toServer: done, toClient: done, answeredBytes: 0, forgotten: false };
    pairs.add(pair);
    const toServer = (deliver: () => void): void => {
      pair.toServer = arrive(pair, pair.toServer, deliver);
    };
    const toClient = (deliver: () => void): void => {
      pair.toClient = arrive(pair, pair.toClient, deliver);
    };
    client.on("data", (bytes) => toServer(() => server.write(bytes)));
    server.on("data", (bytes) => toClient(() => answer(pair, bytes)));
    client.on("end", () => toServer(() => server.end()));
    server.on("end", () => toClient(() => client.end()));
    for (const socket of [client, server]) socket.on("error", () => undefined);
    client.on("close", () => toServer(() => server.destroy()));
    server.on("close", () => {
      pairs.delete(pair);
      toClient(() => client.destroy());
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const closeAll = (): void => {
    for (const pair of pairs) for (const socket of [pair.client, pair.server]) socket.resetAndDestroy();
  };
  return {
    port: (listener.address() as AddressInfo).port,
    suffer: (next) => {
      fault = next === "forgotten" ? null : next;
      if (next === "forgotten") for (const pair of pairs) pair.forgotten = true;
      if (next === "reset") closeAll();
      for (const pair of pairs) pair.answeredBytes = 0;
      mended.resolve();
      mended = Promise.withResolvers();
    },
    stop: async () => {
      closeAll();
      listener.close();
      await once(listener, "close");
    },
  };
}
