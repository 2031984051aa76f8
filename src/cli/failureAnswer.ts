import type { KubeFailure } from "../kube/kubeApi.ts";
import type { Answer } from "./answer.ts";
import { EXIT } from "./exit.ts";

/** What to say where the API server would not, or was not there to. */
export function failureAnswer(what: string, failure: KubeFailure): Answer {
  const message = `${what}: ${failureText(failure)}`;
  if (isAway(failure)) {
    return { exit: EXIT.unreachable, remarks: [{ message, hint: "is this the right cluster? --context and --kubeconfig name another" }] };
  }
  return { exit: EXIT.no, remarks: [{ message }] };
}

/** No answer came at all: another request would fare no better. */
export function isAway({ status }: KubeFailure): boolean {
  return status === null;
}

/** A failure in one line. */
export function failureText({ status, reason, message }: KubeFailure): string {
  return `${status === null ? reason : `${status} ${reason}`}: ${message.replaceAll(/\s+/g, " ").trim()}`;
}
