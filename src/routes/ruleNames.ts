import { asRecord } from "./record.ts";

/** The format of rule names in the API, and of split names in the state annotation. */
const RULE_NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** A name of digits could be the index of another rule. */
const DIGITS = /^[0-9]+$/;

/** The name of each rule's split: the rule's own name if it is valid and unique, otherwise the rule's index. */
export function ruleNames(rules: readonly unknown[]): readonly string[] {
  const own = rules.map((rule) => asRecord(rule)?.["name"]);
  const count = new Map<unknown, number>();
  for (const name of own) count.set(name, (count.get(name) ?? 0) + 1);
  return own.map((name, i) => {
    const usable = typeof name === "string" && RULE_NAME.test(name) && !DIGITS.test(name) && count.get(name) === 1;
    return usable ? name : String(i);
  });
}
