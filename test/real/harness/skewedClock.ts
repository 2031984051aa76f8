/** Loaded before a program: its wall clock is wrong by SKEW_MS, as that of a machine without NTP. No other clock is. */
const skewMs = Number(process.env.SKEW_MS);
const RightDate = globalThis.Date;

class SkewedDate extends RightDate {
  constructor(...args: [] | [number | string | Date]) {
    super(args.length === 0 ? SkewedDate.now() : args[0]);
  }

  static override now(): number {
    return RightDate.now() + skewMs;
  }
}

globalThis.Date = SkewedDate as DateConstructor;
