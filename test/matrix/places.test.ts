// Where the named things of files stand, for whoever speaks of them later.
import { expect, it } from "vitest";
import { placesOf } from "../../matrix/file/places.ts";

const source = (name: string, text: string) => ({ name, text });
const below = source("a.yaml", "matrix: m\ngroups:\n  api: { name: api }\n  db: { name: db }\n");
const above = source(
  "b.yaml",
  "networks:\n  office: []\ngroups: { db: {} }\nexceptions:\n  perRequester: 2\n",
);

it("is the file and line of the last file that says them", () => {
  expect(placesOf([below, above])).toStrictEqual({
    groups: new Map([
      ["api", { file: "a.yaml", line: 3 }],
      ["db", { file: "b.yaml", line: 3 }],
    ]),
    networks: new Map([["office", { file: "b.yaml", line: 2 }]]),
    exceptions: { file: "b.yaml", line: 5 },
  });
});

it("is known of the files that can be read", () => {
  const { groups } = placesOf([below, source("c.yaml", "groups: [")]);
  expect(groups).toEqual(placesOf([below]).groups);
  expect(placesOf([source("c.yaml", "groups: [")])).toStrictEqual({
    ...{ groups: new Map(), networks: new Map() },
  });
});
