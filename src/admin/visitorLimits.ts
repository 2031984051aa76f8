import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Connections at once, however many would like to. */
export const CONNECTIONS_LIMIT = 200;

/**
 * Lets so many visitors in at once. One more takes the place of the one who came first, so that nobody who only holds on
 * keeps the probes out, without which the process would be taken for dead.
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
