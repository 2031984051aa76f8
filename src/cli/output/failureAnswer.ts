import type { KubeFailure } from "../../kube/kubeApi.ts";
import type { Answer, Remark } from "./answer.ts";
import { EXIT } from "./exit.ts";

export const LOGIN_HINT = "the kubeconfig's credentials cannot be read or renewed: log in, for example with `kubectl get ns`";
const CLUSTER_HINT = "is this the right cluster? --context and --kubeconfig select another";

/** The answer where a request to the API server failed. */
export function failureAnswer(what: string, failure: KubeFailure): Answer {
  if (gotNoAnswer(failure)) return unreachable([failureRemark(what, failure)]);
  const message = `${what}: ${failureText(failure)}`;
  const hint = hintFor(failure);
  return { exit: EXIT.no, remarks: [{ message, ...(hint !== null && { hint }) }] };
}

/** One failure of several. */
export function failureRemark(what: string, failure: KubeFailure): Remark {
  return { message: `${what}: ${failureText(failure)}`, ...(failure.reason === "NoCredentials" && { hint: LOGIN_HINT }) };
}

function hintFor({ status }: KubeFailure): string | null {
  if (status === 401) return "the cluster rejects these credentials: has the login of this context expired?";
  return status === 403 ? "a permission is missing: `check` lists those that are needed" : null;
}

/** The answer where every list failed because the API server did not answer. All failures are alike, so one is shown. */
export function unreachable([first]: readonly Remark[]): Answer {
  return { exit: EXIT.unreachable, remarks: first === undefined ? [] : [{ hint: CLUSTER_HINT, ...first }] };
}

/** No answer came at all, so another request is pointless. */
export function gotNoAnswer({ status }: KubeFailure): boolean {
  return status === null;
}

/** A failure in one line. */
export function failureText({ status, reason, message }: KubeFailure): string {
  return `${status === null ? reason : `${status} ${reason}`}: ${message.replaceAll(/\s+/g, " ").trim()}`;
}
