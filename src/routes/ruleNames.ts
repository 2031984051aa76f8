import { asRecord } from "./record.ts";

/** As the API has the names of rules, and as the state annotation takes the names of splits. */
const RULE_NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** A name of digits would be taken for another rule's index. */
const DIGITS = /^[0-9]+$/;

/** What each rule's split is called: as its owner calls the rule, where no other is called so, else by its index. */
export function ruleNames(rules: readonly unknown[]): readonly string[] {
  const own = rules.map((rule) => asRecord(rule)?.["name"]);
  const count = new Map<unknown, number>();
  for (const name of own) count.set(name, (count.get(name) ?? 0) + 1);
  return own.map((name, i) => {
    const usable = typeof name === "string" && RULE_NAME.test(name) && !DIGITS.test(name) && count.get(name) === 1;
    return usable ? name : String(i);
  });
}
