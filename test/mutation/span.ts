// A part of a source, as Stryker says where it is: lines and columns counted from 1.

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where something begins, and where it has ended. */
export interface Span {
  readonly start: Position;
  readonly end: Position;
}

/** The text a span holds. */
export function originalOf(source: string, { start, end }: Span): string {
  const lines = source.split("\n").slice(start.line - 1, end.line);
  const last = lines.length - 1;
  return lines
    .map((line, n) =>
      line.slice(n === 0 ? start.column - 1 : 0, n === last ? end.column - 1 : undefined),
    )
    .join("\n");
}
