import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Agent } from "node:https";
import { createSecureContext } from "node:tls";
import type { TlsFiles } from "./prometheusAccess.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;
/** Connections that are not used for this long are closed, as by Node's own agent. */
const IDLE_LIMIT_MS = 5_000;

/** Returns a reader of the files, which makes a new agent whenever their content has changed. Null: none are set. */
export function createTlsAgents({ caFile, client }: TlsFiles): () => Promise<Agent | null> {
  let held: { readonly content: string; readonly agent: Agent } | null = null;
  return async () => {
    if (caFile === undefined && client === undefined) return null;
    const [ca, cert, key] = await Promise.all([caFile, client?.certFile, client?.keyFile].map(readIfSet));
    const content = JSON.stringify([ca, cert, key]);
    if (held?.content === content) return held.agent;
    if (caFile !== undefined) checkCertificates(caFile, ca ?? "");
    if (client !== undefined) checkPair(client, cert ?? "", key ?? "");
    const given = { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
    held = { content, agent: new Agent({ ...given, keepAlive: true, timeout: IDLE_LIMIT_MS }) };
    return held.agent;
  };
}

async function readIfSet(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readFile(file, "utf8");
}

/** Node ignores what is no certificate, and would then trust nothing without saying why. */
function checkCertificates(file: string, text: string): void {
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0) throw new Error(`the CA file ${file} has no certificate in PEM`);
  for (const [i, certificate] of found.entries()) {
    try {
      new X509Certificate(certificate);
    } catch {
      throw new Error(`certificate ${i + 1} of the CA file ${file} cannot be read`);
    }
  }
}

function checkPair({ certFile, keyFile }: NonNullable<TlsFiles["client"]>, cert: string, key: string): void {
  checkCertificate(certFile, cert);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const reason =
      error instanceof Error && "reason" in error && typeof error.reason === "string" ? error.reason : "not a private key in PEM";
    throw new Error(`the client key ${keyFile} does not go with ${certFile}: ${reason}`);
  }
}

function checkCertificate(file: string, text: string): void {
  try {
    new X509Certificate(text);
  } catch {
    throw new Error(`the client certificate ${file} is not a certificate in PEM`);
  }
}
