import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Maximum number of concurrent connections. */
export const CONNECTIONS_LIMIT = 200;

/**
 * Limits the number of concurrent connections. A further connection replaces the oldest one, so that idle clients cannot
 * block the probes of the kubelet, which would restart the process.
 */
export function limitVisitors(server: Server, most: number = CONNECTIONS_LIMIT): void {
  const visitors = new Set<Socket>();
  server.on("connection", (socket) => {
    const [first] = visitors;
    if (visitors.size >= most) first?.destroy();
    visitors.add(socket);
    socket.once("close", () => visitors.delete(socket));
  });
}
