/** The result of `check`, with the keys of `linkerd check -o json`. */
export interface CheckReport {
  /** True if no check failed; warnings do not count. */
  readonly success: boolean;
  readonly categories: readonly Category[];
}

export interface Category {
  readonly categoryName: string;
  readonly checks: readonly Check[];
}

export interface Check {
  /** What was checked, or what was found. */
  readonly description: string;
  readonly result: "success" | "warning" | "error";
  /** What to do about it. */
  readonly hint?: string;
  /** What is wrong. */
  readonly error?: string;
}

/** What is wrong, and what to do about it. */
export interface Trouble {
  readonly error: string;
  readonly hint?: string;
}

/** More checks of one sort than this would hide the others. */
const MAX_OF_A_SORT = 10;

export function fine(description: string): Check {
  return { description, result: "success" };
}

export function warning(description: string, { error, hint }: Trouble): Check {
  return { description, result: "warning", ...(hint !== undefined && { hint }), error };
}

export function failure(description: string, { error, hint }: Trouble): Check {
  return { description, result: "error", ...(hint !== undefined && { hint }), error };
}

/** The report of these categories; empty ones are left out. */
export function reportOf(categories: readonly Category[]): CheckReport {
  const filled = categories.filter(({ checks }) => checks.length > 0);
  return { success: filled.every(({ checks }) => checks.every(({ result }) => result !== "error")), categories: filled };
}

/** The first ten checks, and a line that counts the rest. */
export function atMost(checks: readonly Check[]): readonly Check[] {
  const more = checks.length - MAX_OF_A_SORT;
  const last = checks.at(-1);
  if (more <= 0 || last === undefined) return checks;
  return [...checks.slice(0, MAX_OF_A_SORT), { description: `and ${more} more like these`, result: last.result }];
}

/** `a, b and 3 more`. */
export function listed(names: readonly string[], most = 5): string {
  const more = names.length - most;
  return more <= 0 ? names.join(", ") : `${names.slice(0, most).join(", ")} and ${more} more`;
}

/** `1 route`, `2 routes`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The report without the checks that passed. */
export function onlyTroubles({ success, categories }: CheckReport): CheckReport {
  const troubles = categories.map(({ categoryName, checks }) => ({
    categoryName,
    checks: checks.filter(({ result }) => result !== "success"),
  }));
  return { success, categories: troubles.filter(({ checks }) => checks.length > 0) };
}
