import { readFile } from "node:fs/promises";
import path from "node:path";
import type { User } from "@kubernetes/client-node/dist/config_types.js";

/** The authenticator's name in a user's `authProvider`, so that client-node's own does not match: it would send the file's last line break, too. */
const PROVIDER = "linkerd-failover-token-file";

/** A user whose kubeconfig names a `tokenFile`, which client-node does not know. As in kubectl, it wins over a token and a plugin. */
export function withTokenFile(user: User, tokenFile: unknown, folder: string): User {
  if (typeof tokenFile !== "string" || tokenFile === "") return user;
  const { token: _, ...others } = user;
  return { ...others, exec: null, authProvider: { name: PROVIDER, config: { file: path.resolve(folder, tokenFile) } } };
}

/** Reads the token for client-node. Our own cache asks it again every few seconds, so a rotated token is used soon. */
export class TokenFile {
  isAuthProvider({ authProvider }: User): boolean {
    return (authProvider as { name?: unknown } | null | undefined)?.name === PROVIDER;
  }

  async applyAuthentication({ authProvider }: User, options: { headers?: unknown }): Promise<void> {
    const { file } = (authProvider as { config: { file: string } }).config;
    const token = (await readFile(file, "utf8")).trim();
    if (token === "") throw new Error(`the token file ${file} is empty`);
    options.headers = { ...(options.headers as Record<string, string>), Authorization: `Bearer ${token}` };
  }
}
