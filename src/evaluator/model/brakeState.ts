/** The state of the brakes that concern all routes together. */
export interface BrakeState {
  /** By `routeKey`: when each route last left its baseline because of metrics. */
  readonly departures: ReadonlyMap<string, number>;
  readonly signalLoss: SignalLoss | null;
  /** The `routeKey`s of the routes that `maxShifted` held when they were evaluated last. */
  readonly waiting: ReadonlySet<string>;
}

/** Many routes lost their metrics in one tick. */
export interface SignalLoss {
  readonly sinceMs: number;
  /** The `routeKey`s of the routes that had metrics before. */
  readonly had: ReadonlySet<string>;
}

export const NO_BRAKES_YET: BrakeState = { departures: new Map(), signalLoss: null, waiting: new Set() };
