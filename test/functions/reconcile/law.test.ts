// The matrix in force as a law: what it permits, and who may approve by it.
import { describe, expect, it } from "vitest";
import { lawNow } from "../../../functions/reconcile/law.ts";
import { putInForce } from "../../support/in-force.ts";
import { ownPieces } from "../../support/pieces.ts";

const pieces = ownPieces();

describe("the law", () => {
  it("is none where no matrix is in force", async () => {
    expect(await lawNow(pieces.fresh())).toMatchObject({ kind: "refused", code: "no-matrix" });
  });

  it("is what the matrix in force says, and whom it names", async () => {
    const aws = pieces.fresh();
    const document = await putInForce(
      aws,
      [
        "matrix: law",
        "groups: { web: { name: web } }",
        "people: { wang: [mail:wang@example.com], li: [mail:li@example.com] }",
        "exceptions: { approvers: [wang] }",
      ].join("\n"),
    );
    const law = await lawNow(aws);
    if (!("policy" in law)) throw new Error(law.because);
    expect(law.policy).toMatchObject({ document, version: "1" });
    expect(law.directory).toEqual({
      account: pieces.account.accountId,
      people: { wang: ["mail:wang@example.com"], li: ["mail:li@example.com"] },
      approvers: ["wang"],
    });
  });
});
