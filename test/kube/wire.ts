import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { createKubeApi } from "../../src/kube/createKubeApi.ts";
import type { KubeApi } from "../../src/kube/kubeApi.ts";

export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A server that answers as the test defines, and a client for it. */
export interface Wire extends AsyncDisposable {
  readonly url: string;
  readonly api: KubeApi;
  connections(): number;
}

export async function openWire(listener: Listener, user: { token?: string } = {}): Promise<Wire> {
  let connections = 0;
  const server = createServer((request, response) => void listener(request, response));
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    api: createKubeApi(kubeConfigFor(url, user)),
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** A kubeconfig in memory for a plain HTTP server. */
export function kubeConfigFor(server: string, user: { token?: string } = {}): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser({ name: "test", server, skipTLSVerify: true }, { name: "test", ...user });
  return kubeConfig;
}
