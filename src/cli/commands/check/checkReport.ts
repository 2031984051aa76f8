/** What `check` found, under the names that `linkerd check -o json` gives it. */
export interface CheckReport {
  /** Warnings are no failure. */
  readonly success: boolean;
  readonly categories: readonly Category[];
}

export interface Category {
  readonly categoryName: string;
  readonly checks: readonly Check[];
}

export interface Check {
  /** What was looked at, or what is so. */
  readonly description: string;
  readonly result: "success" | "warning" | "error";
  /** What to do about it. */
  readonly hint?: string;
  /** What is not as it should be. */
  readonly error?: string;
}

/** What is not as it should be, and what to do about it. */
export interface Trouble {
  readonly error: string;
  readonly hint?: string;
}

/** More lines than this of one sort hide all others. */
const MOST_OF_A_SORT = 10;

export function fine(description: string): Check {
  return { description, result: "success" };
}

export function warning(description: string, { error, hint }: Trouble): Check {
  return { description, result: "warning", ...(hint !== undefined && { hint }), error };
}

export function failure(description: string, { error, hint }: Trouble): Check {
  return { description, result: "error", ...(hint !== undefined && { hint }), error };
}

/** The report of these categories; one that has nothing to tell is left out. */
export function reportOf(categories: readonly Category[]): CheckReport {
  const told = categories.filter(({ checks }) => checks.length > 0);
  return { success: told.every(({ checks }) => checks.every(({ result }) => result !== "error")), categories: told };
}

/** As many of a sort as are read by anyone, and how many more there are. */
export function atMost(checks: readonly Check[]): readonly Check[] {
  const more = checks.length - MOST_OF_A_SORT;
  const last = checks.at(-1);
  if (more <= 0 || last === undefined) return checks;
  return [...checks.slice(0, MOST_OF_A_SORT), { description: `and ${more} more like these`, result: last.result }];
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
