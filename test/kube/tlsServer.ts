import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "../fixtures/tls");

/** The name in its certificate. It resolves nowhere. */
export const TLS_NAME = "api.shop.test";
export const TLS_CA_FILE = join(FOLDER, "server.crt");

export interface TlsServer extends AsyncDisposable {
  readonly port: number;
}

/** An HTTPS server that prefers HTTP/2, as the API server does. */
export async function startTlsServer(answer: (request: Http2ServerRequest, response: Http2ServerResponse) => void): Promise<TlsServer> {
  const [cert, key] = ["server.crt", "server.key"].map((name) => readFileSync(join(FOLDER, name)));
  const server = createSecureServer({ cert, key, allowHTTP1: true, ALPNProtocols: ["h2", "http/1.1"] }, answer);
  const sockets = new Set<Socket>();
  server.on("secureConnection", (socket: Socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
