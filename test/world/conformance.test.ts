import { startApiDouble } from "./apiDouble.ts";
import { conformance } from "./conformance.ts";

conformance("the API double", async () => {
  const double = await startApiDouble();
  return { server: { url: double.url }, compact: () => double.faults.compact(), stop: () => double.close() };
});
