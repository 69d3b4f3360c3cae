// Every script of the bench by the name it is asked for.
import { measure as measureLoad } from "./bundle/load.ts";
import { measure as measureCalls } from "./calls/calls.ts";
import { measure as measureClosing } from "./event/closing.ts";
import type { Figure } from "./harness/figure.ts";
import { measure as measureJudging } from "./judging/judging.ts";
import { measure as measureStorm } from "./storm/storm.ts";

export const figures: readonly Figure[] = [
  { name: "closing", measure: measureClosing },
  { name: "load", measure: measureLoad },
  { name: "judging", measure: measureJudging },
  { name: "calls", measure: measureCalls },
  { name: "storm", measure: measureStorm },
];
