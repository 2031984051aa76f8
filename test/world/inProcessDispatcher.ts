import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Dispatcher } from "undici";

/** One request as its client sends it. */
export interface SentRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly body: string;
}

export interface InProcessOptions {
  /** The target of requests. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Called for every request before it is answered or refused. */
  readonly onSend: (request: SentRequest) => void;
}

/**
 * An HTTP connection without sockets, between a client and a server in the same process. The client's own code handles
 * bytes, ends and errors; only the transport is replaced.
 */
export class InProcessDispatcher extends Dispatcher {
  readonly #options: InProcessOptions;
  readonly #open = new Set<InProcessResponse>();
  #refuses = false;

  constructor(options: InProcessOptions) {
    super();
    this.#options = options;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const response = new InProcessResponse(handler, () => this.#open.delete(response));
    handler.onRequestStart?.(response.controller, null);
    if (response.destroyed) return true;
    const body = typeof options.body === "string" ? options.body : "";
    this.#options.onSend({ method: options.method, path: options.path, body });
    if (this.#refuses) {
      response.fail(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
      return true;
    }
    this.#open.add(response);
    // The double reads only these properties of a request.
    const request = { method: options.method, url: options.path, headers: lowerCased(options.headers), ...bodyOf(body) };
    this.#options.handle(request as unknown as IncomingMessage, response as unknown as ServerResponse);
    return true;
  }

  /** Refuses new requests, or accepts them again; requests in flight continue. */
  refuse(refuses: boolean): void {
    this.#refuses = refuses;
  }

  /** Closes every connection. */
  cut(): void {
    for (const response of [...this.#open]) response.destroy();
  }
}

/** The response as the server writes it. */
class InProcessResponse extends EventEmitter {
  headersSent = false;
  writableEnded = false;
  destroyed = false;
  readonly writableLength = 0;
  readonly controller: Dispatcher.DispatchController;
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #onClose: () => void;
  #head: { readonly code: number; readonly headers: Record<string, string> } = { code: 200, headers: {} };

  constructor(handler: Dispatcher.DispatchHandler, onClose: () => void) {
    super();
    this.#handler = handler;
    this.#onClose = onClose;
    this.controller = {
      aborted: false,
      paused: false,
      reason: null,
      abort: (reason: Error) => this.fail(reason),
      pause: () => undefined,
      resume: () => undefined,
    };
  }

  setHeader(name: string, value: string): void {
    this.#head = { ...this.#head, headers: { ...this.#head.headers, [name]: value } };
  }

  writeHead(code: number, headers: Readonly<Record<string, string | number>>): this {
    const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    this.#head = { code, headers: { ...this.#head.headers, ...texts } };
    return this;
  }

  flushHeaders(): void {
    if (this.headersSent || this.destroyed) return;
    this.headersSent = true;
    this.#handler.onResponseStart?.(this.controller, this.#head.code, this.#head.headers, "");
  }

  write(text: string): void {
    this.flushHeaders();
    if (!this.destroyed && text !== "") this.#handler.onResponseData?.(this.controller, Buffer.from(text));
  }

  end(text = ""): void {
    if (this.writableEnded || this.destroyed) return;
    this.write(text);
    this.writableEnded = true;
    this.#handler.onResponseEnd?.(this.controller, {});
    this.#close();
  }

  /** The server or the network closes the connection. */
  destroy(): void {
    this.fail(Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" }));
  }

  fail(error: Error): void {
    if (this.destroyed || this.writableEnded) return;
    Object.assign(this.controller, { aborted: true, reason: error });
    this.destroyed = true;
    this.#handler.onResponseError?.(this.controller, error);
    this.#close();
  }

  #close(): void {
    this.#onClose();
    this.emit("close");
  }
}

function bodyOf(text: string) {
  return {
    async *[Symbol.asyncIterator]() {
      if (text !== "") yield Buffer.from(text);
    },
  };
}

function lowerCased(headers: Dispatcher.DispatchOptions["headers"]): Record<string, string> {
  const entries = Object.entries((headers ?? {}) as Record<string, string>);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
}
