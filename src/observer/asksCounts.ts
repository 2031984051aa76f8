import type { Questions } from "../rules/questions.ts";

/** Whether anything is asked about requests. */
export function asksCounts({ requests, latency, unanswered }: Questions): boolean {
  return requests.length + latency.length + unanswered.length > 0;
}
