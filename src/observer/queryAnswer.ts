import { withoutSecrets } from "../kube/withoutSecrets.ts";
import type { Sample } from "../linkerd/counts.ts";

/** Longer error texts are cut. */
const REASON_LIMIT_CHARS = 200;

export type QueryAnswer =
  | {
      readonly ok: true;
      readonly samples: readonly Sample[];
      /** The server's words if it says that the answer lacks something; null: it is whole. */
      readonly partial: string | null;
    }
  | { readonly ok: false; readonly outcome: "error" | "timeout"; readonly why: string };

/** An answer that failed, with a short reason. */
export function failed(outcome: "error" | "timeout", why: string, secrets: readonly string[] = []): QueryAnswer {
  return { ok: false, outcome, why: shortened(why, secrets) };
}

/** Secrets are removed before the text is cut, so that no part of one remains. */
export function shortened(text: string, secrets: readonly string[]): string {
  const clean = withoutSecrets(text, secrets).replaceAll(/\s+/g, " ").trim();
  return clean.length > REASON_LIMIT_CHARS ? `${clean.slice(0, REASON_LIMIT_CHARS)}…` : clean;
}
