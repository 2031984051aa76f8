import type { KubeFailure } from "../../kube/kubeApi.ts";
import type { Answer, Remark } from "./answer.ts";
import { EXIT } from "./exit.ts";

const AWAY_HINT = "is this the right cluster? --context and --kubeconfig name another";

/** What to say where the API server would not, or was not there to. */
export function failureAnswer(what: string, failure: KubeFailure): Answer {
  const message = `${what}: ${failureText(failure)}`;
  if (isAway(failure)) {
    return { exit: EXIT.unreachable, remarks: [{ message, hint: AWAY_HINT }] };
  }
  const hint = hintFor(failure);
  return { exit: EXIT.no, remarks: [{ message, ...(hint !== null && { hint }) }] };
}

function hintFor({ status }: KubeFailure): string | null {
  if (status === 401) return "the cluster does not know you: has the login of this context expired?";
  return status === 403 ? "you lack a right: `check` tells which ones are needed" : null;
}

/** What to say where nothing could be listed, since no answer came at all: one line is enough where all say the same. */
export function unreachable([first]: readonly Remark[]): Answer {
  return { exit: EXIT.unreachable, remarks: first === undefined ? [] : [{ ...first, hint: AWAY_HINT }] };
}

/** No answer came at all: another request would fare no better. */
export function isAway({ status }: KubeFailure): boolean {
  return status === null;
}

/** A failure in one line. */
export function failureText({ status, reason, message }: KubeFailure): string {
  return `${status === null ? reason : `${status} ${reason}`}: ${message.replaceAll(/\s+/g, " ").trim()}`;
}
