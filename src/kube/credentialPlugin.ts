import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import type { Cluster, User } from "@kubernetes/client-node/dist/config_types.js";

/** A plugin that needs longer hangs; a login in the browser takes this long. */
const TIME_LIMIT_MS = 30_000;
/** Time for a person at the terminal to answer the plugin's questions. */
const INTERACTIVE_TIME_LIMIT_MS = 300_000;
/** A credential is asked for again because of a 401 at most this often: a server may refuse every one. */
const ASK_AGAIN_AFTER_MS = 10_000;
const OUTPUT_LIMIT_CHARS = 1024 * 1024;
/** How much of the end of a plugin's stderr a message shows. */
const QUOTE_LIMIT_CHARS = 500;

/** The authenticator's name in a user's `authProvider`, so that client-node's own runner of plugins does not match. */
const PROVIDER = "linkerd-failover/credential-plugin";

/** `exec` of a kubeconfig's user. */
export interface ExecConfig {
  readonly apiVersion?: string;
  readonly command: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly installHint?: string;
  readonly interactiveMode?: string;
  readonly provideClusterInfo?: boolean;
}

interface Credential {
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
  readonly expirationTimestamp?: string;
}

/** Whether a person can answer a plugin's questions. */
interface Terminal {
  readonly interactive: boolean;
  readonly timeLimitMs: number;
}

/**
 * Runs the credential plugin of a kubeconfig's user. client-node's own runner has no time limit, tells the plugin nothing, and
 * keeps a credential that the server refuses.
 */
export class CredentialPlugin {
  readonly #exec: ExecConfig;
  readonly #cluster: Cluster | null;
  readonly #timeLimitMs: number;
  #credential: Credential | null = null;
  #askedAgainMs = Number.NEGATIVE_INFINITY;
  /** How often the plugin was asked. */
  asked = 0;

  constructor(exec: ExecConfig, cluster: Cluster | null, timeLimitMs = TIME_LIMIT_MS) {
    this.#exec = exec;
    this.#cluster = cluster;
    this.#timeLimitMs = timeLimitMs;
  }

  /** For client-node. */
  isAuthProvider({ authProvider }: User): boolean {
    return (authProvider as { name?: unknown } | null | undefined)?.name === PROVIDER;
  }

  /** For client-node: adds the credential to the options of a request. */
  async applyAuthentication(_user: User, options: RequestOptions): Promise<void> {
    if (this.#credential === null || hasExpired(this.#credential)) this.#credential = await this.#ask();
    const { token, clientCertificateData, clientKeyData } = this.#credential;
    if (clientCertificateData) options.cert = clientCertificateData;
    if (clientKeyData) options.key = clientKeyData;
    if (token) options.headers = { ...(options.headers as Record<string, string>), Authorization: `Bearer ${token}` };
  }

  /** After a 401 to the credential of the `asked`th answer: whether there is, or may be, another one. */
  forget(asked: number): boolean {
    if (asked !== this.asked) return true;
    if (performance.now() - this.#askedAgainMs < ASK_AGAIN_AFTER_MS) return false;
    this.#askedAgainMs = performance.now();
    this.#credential = null;
    return true;
  }

  async #ask(): Promise<Credential> {
    this.asked += 1;
    if (typeof this.#exec.command !== "string" || this.#exec.command === "") throw new Error("the credential plugin has no command");
    const terminal = this.#terminal();
    const info = {
      kind: "ExecCredential",
      apiVersion: this.#exec.apiVersion,
      spec: { interactive: terminal.interactive, ...this.#clusterInfo() },
    };
    return readCredential(this.#exec.command, await run(this.#exec, JSON.stringify(info), terminal));
  }

  #terminal(): Terminal {
    const isTerminal = process.stdin.isTTY === true;
    const { interactiveMode, command } = this.#exec;
    if (interactiveMode === "Always" && !isTerminal) throw new Error(`the credential plugin ${command} needs a terminal to ask on`);
    const interactive = isTerminal && interactiveMode !== "Never";
    return { interactive, timeLimitMs: interactive ? INTERACTIVE_TIME_LIMIT_MS : this.#timeLimitMs };
  }

  #clusterInfo(): object {
    if (this.#exec.provideClusterInfo !== true || this.#cluster === null) return {};
    const { server, caData, caFile, skipTLSVerify, tlsServerName, proxyUrl } = this.#cluster;
    const authority = caFile ? readFileSync(caFile, "base64") : caData;
    const insecure = skipTLSVerify && { "insecure-skip-tls-verify": true };
    return {
      cluster: {
        server,
        ...(authority !== undefined && { "certificate-authority-data": authority }),
        ...insecure,
        ...(tlsServerName !== undefined && { "tls-server-name": tlsServerName }),
        ...(proxyUrl !== undefined && { "proxy-url": proxyUrl }),
      },
    };
  }
}

/** Makes client-node ask the plugin of the current user through us; null if that user has none, or another credential. */
export function adoptPlugin(kubeConfig: KubeConfig): CredentialPlugin | null {
  const user = kubeConfig.getCurrentUser();
  const exec = user?.exec as ExecConfig | null | undefined;
  if (!user || !exec || user.token || user.username || user.certData || user.certFile) return null;
  const plugin = new CredentialPlugin(exec, kubeConfig.getCurrentCluster());
  const adopted = { ...user, exec: null, authProvider: { name: PROVIDER } };
  kubeConfig.users = kubeConfig.users.map((other) => (other.name === user.name ? adopted : other));
  kubeConfig.addAuthenticator(plugin);
  return plugin;
}

function hasExpired({ expirationTimestamp }: Credential): boolean {
  return expirationTimestamp !== undefined && Date.parse(expirationTimestamp) <= Date.now();
}

/** The answer is never quoted: it contains the secret. */
function readCredential(command: string, text: string): Credential {
  const cannot = (why: string): Error => new Error(`the credential plugin ${command} answered ${why}`);
  let answer: { status?: Credential } | null;
  try {
    answer = JSON.parse(text) as { status?: Credential } | null;
  } catch {
    throw cannot("something that is not JSON");
  }
  const status = answer?.status;
  if (!status) throw cannot("without a status");
  if (!status.clientCertificateData !== !status.clientKeyData) throw cannot("with only one of certificate and key");
  if (!status.token && !status.clientCertificateData) throw cannot("without a token or certificate");
  return status;
}

/** Runs the plugin and returns its stdout. */
function run(exec: ExecConfig, info: string, { interactive, timeLimitMs }: Terminal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const added = (exec.env ?? []).map(({ name, value }) => [name, value] as const);
  const env = { ...process.env, ...Object.fromEntries(added), KUBERNETES_EXEC_INFO: info };
  const child = spawn(exec.command, exec.args ?? [], { env, stdio: [interactive ? "inherit" : "ignore", "pipe", "pipe"] });
  let [out, said] = ["", ""];
  const fail = (what: string): void => reject(new Error(`the credential plugin ${exec.command} ${what}${quoted(said)}`));
  const timer = setTimeout(() => {
    fail(`did not end within ${timeLimitMs / 1_000} s`);
    child.kill("SIGKILL");
    child.stdout.destroy();
    child.stderr.destroy();
  }, timeLimitMs);
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    if (out.length > OUTPUT_LIMIT_CHARS) child.kill("SIGKILL");
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (interactive) process.stderr.write(text);
    said = (said + text).slice(-OUTPUT_LIMIT_CHARS);
  });
  child.on("error", (error: NodeJS.ErrnoException) => {
    clearTimeout(timer);
    said ||= exec.installHint ?? "";
    fail(error.code === "ENOENT" ? "is not installed" : `cannot be started (${error.code ?? error.message})`);
  });
  child.on("close", (code, signal) => {
    clearTimeout(timer);
    if (code === 0) resolve(out);
    else fail(`failed (${code === null ? signal : `exit code ${code}`})`);
  });
  return promise;
}

/** The end of a text in one line. */
function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line === "" ? "" : `: ${line.length > QUOTE_LIMIT_CHARS ? `…${line.slice(-QUOTE_LIMIT_CHARS)}` : line}`;
}
