import { type RouteRef, routeKey } from "../../../routes/route.ts";
import type { Answer } from "../../output/answer.ts";
import { EXIT } from "../../output/exit.ts";
import { printableJson } from "../../output/printable.ts";
import { written } from "../../output/written.ts";
import type { ControllerAnswer } from "../controller/askController.ts";

/** Stands for standard output. */
export const STDOUT = "-";

/** The path at which the controller has the records of a route's decisions. */
export function recordsPath({ kind, namespace, name }: RouteRef): string {
  return `/api/records/${[kind, namespace, name].map(encodeURIComponent).join("/")}`;
}

/** Writes the records that the controller has sent to a file, or tells why there are none. */
export async function exportRecords(response: ControllerAnswer, route: RouteRef, file: string): Promise<Answer> {
  if (!response.ok) {
    const message = `no controller gave the records: ${response.why}`;
    return {
      exit: response.answered ? EXIT.no : EXIT.unreachable,
      remarks: [{ message, hint: "only a controller has them: see --address" }],
    };
  }
  const records = recordsIn(response.value);
  if (records.length === 0) {
    const hint = "it keeps the last 100 decisions since it started to lead, of all routes together";
    return { exit: EXIT.no, remarks: [{ message: `${response.by} has no record of a decision on ${routeKey(route)}`, hint }] };
  }
  const text = printableJson({ records });
  if (file === STDOUT) return { exit: EXIT.fine, page: text, remarks: [] };
  const failed = await written(file, text);
  if (failed !== null) return { exit: EXIT.usage, remarks: [{ message: `${file} cannot be written: ${failed}` }] };
  const count = `${records.length} ${records.length === 1 ? "decision" : "decisions"}`;
  return { exit: EXIT.fine, line: `${count} on ${routeKey(route)} written to ${file}`, remarks: [] };
}

/** The records in an answer of the controller or in a file; none where it has another form. */
export function recordsIn(value: unknown): readonly unknown[] {
  const records = (value as { readonly records?: unknown } | null)?.records;
  return Array.isArray(records) ? records : [];
}
