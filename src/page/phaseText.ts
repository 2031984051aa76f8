interface Backend {
  readonly backend: string;
  readonly weight: number;
  readonly baseline: number;
  readonly phase: string | null;
}

type Splits = readonly { readonly backends: readonly Backend[] }[];

/** The phase of a backend as people read it: one that serves is a standby if its weight and its baseline are 0 in every split. */
export function phaseText({ backend, phase }: Pick<Backend, "backend" | "phase">, splits: Splits): string {
  if (phase === null) return "not judged";
  const isIdle = splits.every(({ backends }) =>
    backends.every((own) => own.backend !== backend || (own.weight === 0 && own.baseline === 0)),
  );
  return phase === "serving" && isIdle ? "standby" : phase;
}
