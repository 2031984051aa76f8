/** Imported before a program: shifts its wall clock by SKEW_MS, as on a machine without NTP. Other clocks are not affected. */
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
