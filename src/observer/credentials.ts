import { readFile } from "node:fs/promises";
import type { Agent } from "node:https";
import { secretsIn } from "../kube/withoutSecrets.ts";
import { type Header, parseHeaders } from "./httpHeaders.ts";
import type { PrometheusAccess, PrometheusAuth } from "./prometheusAccess.ts";
import { createTlsAgents } from "./tlsAgent.ts";

/** What one request carries. */
export interface Credentials {
  readonly headers: readonly Header[];
  readonly agent: Agent | null;
  /** What no message may repeat. */
  readonly secrets: readonly string[];
}

/** Returns a reader of the files, for each request. It throws an error that repeats no secret. */
export function createCredentials({ auth, headers = [], headersFile, tls = {} }: PrometheusAccess): () => Promise<Credentials> {
  const agentNow = createTlsAgents(tls);
  return async () => {
    const [authorization, secretHeaders, agent] = await Promise.all([readAuthorization(auth), readHeaders(headersFile), agentNow()]);
    const login: readonly Header[] = authorization === null ? [] : [["Authorization", authorization]];
    const secret = [...login, ...secretHeaders, ...headers.filter(([name]) => name.toLowerCase() === "authorization")];
    return { headers: [...headers, ...login, ...secretHeaders], agent, secrets: secret.flatMap(([, value]) => secretsOf(value)) };
  };
}

/** A server may quote the whole value, or without its scheme. */
function secretsOf(value: string): readonly string[] {
  return value.includes(" ") ? [value.slice(value.indexOf(" ") + 1), ...secretsIn(value)] : [value];
}

async function readHeaders(file: string | undefined): Promise<readonly Header[]> {
  if (file === undefined) return [];
  const text = await readFile(file, "utf8");
  try {
    return parseHeaders(text);
  } catch (error) {
    throw new Error(`the headers file ${file} cannot be used: ${error instanceof Error ? error.message : "unreadable"}`);
  }
}

async function readAuthorization(auth: PrometheusAuth): Promise<string | null> {
  switch (auth.kind) {
    case "none":
      return null;
    case "bearer":
      return `Bearer ${tokenIn(await readFile(auth.tokenFile, "utf8"), auth.tokenFile)}`;
    case "basic": {
      const password = (await readFile(auth.passwordFile, "utf8")).replace(/\r?\n$/, "");
      return `Basic ${Buffer.from(`${auth.username}:${password}`).toString("base64")}`;
    }
  }
}

/** Without its text: it may be a part of a secret. */
function tokenIn(text: string, file: string): string {
  const token = text.trim();
  if (token === "") throw new Error(`the bearer token file ${file} is empty`);
  if (!/^[\x21-\x7E]+$/.test(token))
    throw new Error(`the bearer token file ${file} has more than one line, or characters that cannot be sent`);
  return token;
}
