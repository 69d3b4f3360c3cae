// Which known word a misspelt one was meant to be, and how the words there are get listed.
import { describe, expect, it } from "vitest";
import { choiceCure, didYouMean } from "../../matrix/file/spelling.ts";

describe("a misspelt word", () => {
  it.each([
    ["with a letter changed", "tcx", "tcp", "tcp"],
    ["with a letter lost", "tc", "tcp", "tcp"],
    ["with a letter added", "tcpp", "tcp", "tcp"],
    ["with two neighbours swapped at its start", "ctp", "tcp", "tcp"],
    ["with two neighbours swapped at its end", "tpc", "tcp", "tcp"],
    ["as it is known", "tcp", "tcp", "tcp"],
    ["with two mistakes, if it is short", "abcd", "abxy", undefined],
    ["with two mistakes, from five letters on", "abcde", "abcxy", "abcxy"],
    ["with two letters lost", "abcde", "abcdefg", "abcdefg"],
    ["with three letters lost", "abcde", "abcdefgh", undefined],
    ["with three mistakes", "abcdef", "abcxyz", undefined],
    ["with a letter moved to its start, which is two mistakes", "ab", "ca", undefined],
    ["with a letter moved to its end, which is two mistakes", "ab", "bc", undefined],
    ["that is another word", "udp", "tcp", undefined],
  ])("%s: %s", (_, word, known, meant) => {
    expect(didYouMean(word, [known])).toBe(meant);
  });

  it("is the closest known word, and of two as close the first", () => {
    expect(didYouMean("ingress", ["egress", "ingres", "ingresss"])).toBe("ingres");
    expect(didYouMean("egres", ["ingres", "egress"])).toBe("egress");
  });

  it("is compared with two hundred words and no more", () => {
    const others = (count: number) => Array.from({ length: count }, (_, index) => `other-${index}`);
    expect(didYouMean("tpc", [...others(199), "tcp"])).toBe("tcp");
    expect(didYouMean("tpc", [...others(200), "tcp"])).toBeUndefined();
  });
});

describe("the cure for an unknown word", () => {
  const letters = "abcdefghijklm".split("");

  it.each([
    ["the word that was meant", "tpc", ["udp", "tcp"], "did you mean tcp?"],
    ["all words there are", "sctp", ["udp", "all"], "one of udp, all"],
    ["that there are none", "api", [], "none is defined"],
    ["twelve words", "word", letters.slice(0, 12), "one of a, b, c, d, e, f, g, h, i, j, k, l"],
    ["twelve of more", "word", letters, "one of a, b, c, d, e, f, g, h, i, j, k, l, …"],
  ])("says %s", (_, word, known, cure) => {
    expect(choiceCure(word, known)).toBe(cure);
  });
});
