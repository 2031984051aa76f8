import type { RouteState } from "./state.ts";

/** The backends that carry load now although they are unfit, whatever keeps the load there. */
export function unfitCarriers({ splits, backends }: Pick<RouteState, "splits" | "backends">): readonly string[] {
  const unfit: string[] = [];
  for (const [backend, { judgement }] of backends) {
    if (judgement.verdict === "unfit" && splits.some(({ live }) => (live[backend] ?? 0) > 0)) unfit.push(backend);
  }
  return unfit;
}
