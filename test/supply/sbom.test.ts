// The bill of materials is written to .build/sbom, and lists everything that the locks install.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { installations, nameOf } from "./locks.ts";
import { root } from "./repository.ts";
import { billOf, fetchedNode, hexOf, nodeBinaries } from "./sbom.ts";

const folder = join(root, ".build/sbom");
mkdirSync(folder, { recursive: true });

describe.each(installations())("the bill of materials of $folder", installation => {
  const bill = billOf(installation);
  const listed = new Map(bill.components.map(component => [component["bom-ref"], component]));

  it("is written", () => {
    const path = join(folder, `${bill.metadata.component.name}.cdx.json`);
    writeFileSync(path, `${JSON.stringify(bill, null, 2)}\n`);
    expect(bill.specVersion).toMatch(/^1\.\d$/);
  });

  it("lists every package of the lock with its digest, and nothing else from there", () => {
    const locked = [...installation.locked].map(([path, { version, integrity }]) => ({
      ref: `${nameOf(path)}@${version}`,
      digest: hexOf(integrity ?? ""),
    }));
    const wrong = locked.filter(
      ({ ref, digest }) => !listed.get(ref)?.hashes.some(({ content }) => content === digest),
    );
    expect(wrong).toEqual([]);
    const known = new Set([...locked.map(({ ref }) => ref), ...Object.keys(nodeBinaries)]);
    expect([...listed.keys()].filter(ref => !known.has(ref))).toEqual([]);
  });

  it("names a licence for each", () => {
    const nameless = bill.components.filter(({ licenses }) => licenses.length === 0);
    expect(nameless.map(({ name }) => name)).toEqual([]);
  });
});

describe("Node itself, which the package node fetches outside the lock,", () => {
  const pinned = installations()[0]?.direct.node;

  it("is on the bill in the version that is pinned", () => {
    const versions = Object.keys(nodeBinaries).map(ref => ref.split("@")[1]);
    expect(new Set(versions)).toEqual(new Set([pinned]));
  });

  it("is what runs here", () => {
    expect(process.versions.node).toBe(pinned);
  });

  it("came with the digest that was looked at", () => {
    const fetched = [...fetchedNode()];
    expect(fetched).toHaveLength(1);
    const unknown = fetched.filter(([ref, digest]) => nodeBinaries[ref] !== digest);
    expect(unknown).toEqual([]);
  });
});
