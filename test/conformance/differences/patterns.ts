// Where local/pattern.ts is not AWS's event matcher. It knows fewer operators and refuses the others;
// some patterns that AWS refuses it takes.

/** A pattern, an event, and what each of the two makes of them. */
export interface PatternDifference {
  readonly behaviour: string;
  readonly pattern: string;
  readonly event: object;
  readonly aws: boolean | "refused";
  readonly local: boolean | "refused";
}

const unknownOperators = [
  ["`wildcard`", `{"x":[{"wildcard":"a*"}]}`],
  ["`cidr`", `{"x":[{"cidr":"10.0.0.0/8"}]}`],
  ["`$or`", `{"$or":[{"x":["ab"]},{"y":["b"]}]}`],
  ["`anything-but` a `wildcard`", `{"x":[{"anything-but":{"wildcard":"z*"}}]}`],
  ["a `prefix` that ignores case", `{"x":[{"prefix":{"equals-ignore-case":"A"}}]}`],
] as const;

const patternsAwsRefuses = [
  ["two lower bounds", `{"x":[{"numeric":[">",0,">",1]}]}`, true],
  ["the upper bound first", `{"x":[{"numeric":["<",9,">",1]}]}`, true],
  ["an equality and a bound", `{"x":[{"numeric":["=",5,"<",9]}]}`, true],
  ["a range that holds nothing", `{"x":[{"numeric":[">",1,"<",1]}]}`, false],
  ["a range that holds one number", `{"x":[{"numeric":[">=",5,"<=",5]}]}`, true],
  ["`anything-but` a text and a number", `{"x":[{"anything-but":["a",1]}]}`, true],
  ["`anything-but` an empty prefix", `{"x":[{"anything-but":{"prefix":""}}]}`, true],
] as const;

/** Every known one. */
export const patternDifferences: readonly PatternDifference[] = [
  ...unknownOperators.map(([behaviour, pattern]) => ({
    behaviour,
    pattern,
    event: { x: pattern.includes("cidr") ? "10.1.2.3" : "ab" },
    aws: true,
    local: "refused" as const,
  })),
  ...patternsAwsRefuses.map(([behaviour, pattern, local]) => ({
    behaviour,
    pattern,
    event: { x: 5 },
    aws: "refused" as const,
    local,
  })),
  {
    behaviour: "a field's path as one name",
    pattern: `{"x.y":["a"]}`,
    event: { x: { y: "a" } },
    aws: true,
    local: false,
  },
];
