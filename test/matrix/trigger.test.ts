import { describe, expect, test } from "vitest";
import { ruleContent } from "../../matrix/trigger.ts";

describe("the content of a rule, without its direction", () => {
  test.each([
    ["ingress tcp 443 from 10.0.0.0/8", "tcp 443 10.0.0.0/8"],
    ["egress tcp 443 to 10.0.0.0/8", "tcp 443 10.0.0.0/8"],
    ["egress all to ::/0", "all ::/0"],
    ["ingress tcp 443 from 10.0.0.0/8 and more", "ingress tcp 443 from 10.0.0.0/8 and more"],
    ["no ingress tcp 443 from 10.0.0.0/8", "no ingress tcp 443 from 10.0.0.0/8"],
    ["ingress icmp 8/all from sg-0c2d3e4f@111122223333", "icmp 8/all sg-0c2d3e4f@111122223333"],
  ])("%s: %s", (rule, content) => {
    expect(ruleContent(rule)).toBe(content);
  });
});
