// Every script of the bench by the name it is asked for.
import type { Figure } from "./harness/figure.ts";
import { measure as measureJudging } from "./judging/judging.ts";

export const figures: readonly Figure[] = [{ name: "judging", measure: measureJudging }];
