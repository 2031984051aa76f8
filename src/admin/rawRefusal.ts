import { type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { ALLOW, METHOD_REFUSAL, refusal, type ShortAnswer } from "./answer.ts";

/** Gives requests that Node's parser refuses an answer in the form of all other errors; by default, it would have no body. */
export function refuseRaw(server: Server): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => write(socket, refusalOf(error.code ?? "")));
  server.on("connect", (_request, socket) => write(socket, METHOD_REFUSAL));
}

function refusalOf(code: string): ShortAnswer {
  switch (code) {
    case "HPE_INVALID_METHOD":
      return METHOD_REFUSAL;
    case "HPE_HEADER_OVERFLOW":
      return refusal(431, "the headers are too long");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return refusal(408, "the request did not arrive in time");
    default:
      return refusal(400, "not a valid HTTP/1.1 request");
  }
}

function write(socket: Duplex, { status, contentType, body }: ShortAnswer): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const headers = [
    `content-type: ${contentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    "x-content-type-options: nosniff",
    ...(status === METHOD_REFUSAL.status ? [`allow: ${ALLOW}`] : []),
  ];
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
