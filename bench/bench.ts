import { benchStep } from "./stepBench.ts";

benchStep();
