// Connections outlive the rule that let them in, but for those EC2 does not track.
import { describe, expect, it } from "vitest";
import { trackingNote } from "../../matrix/rules/tracking.ts";
import { groupOf } from "../support/judging.ts";

const ENDED = /not tracked and ended/;
const TCP = /until they time out \(an idle TCP connection/;
const GO_ON = /until they time out$/;

describe("what a revoke leaves running", () => {
  it.each([
    ["ingress tcp 22 from 0.0.0.0/0", [], TCP],
    ["ingress all from 0.0.0.0/0", ["egress all to 0.0.0.0/0"], TCP],
    ["ingress udp 53 from 0.0.0.0/0", [], GO_ON],
    ["ingress icmp all from 0.0.0.0/0", ["egress all to 0.0.0.0/0"], GO_ON],
    ["ingress tcp 22 from 0.0.0.0/0", ["egress all to 0.0.0.0/0"], ENDED],
    ["ingress udp 53 from 0.0.0.0/0", ["egress all to 0.0.0.0/0"], ENDED],
    ["egress udp 53 to ::/0", ["ingress all from ::/0"], ENDED],
    ["ingress tcp 22 from 10.0.0.0/8", ["egress all to 0.0.0.0/0"], TCP],
    ["ingress tcp 22 from sg-0c2d3e4f", ["egress all to 0.0.0.0/0"], TCP],
    ["ingress tcp 22 from 0.0.0.0/0", ["egress all to ::/0"], TCP],
    ["ingress tcp 22 from 0.0.0.0/0", ["egress all to 0.0.0.0/1"], TCP],
    ["ingress tcp 22 from 0.0.0.0/0", ["egress all to sg-0c2d3e4f"], TCP],
    ["ingress tcp 22 from 0.0.0.0/0", ["egress tcp 0-65535 to 0.0.0.0/0"], TCP],
    ["ingress tcp 22 from 0.0.0.0/0", ["ingress all from 0.0.0.0/0"], TCP],
    ["ingress udp 53 from 0.0.0.0/0", ["egress tcp 22 to ::/0", "egress all to 0.0.0.0/0"], ENDED],
  ])("by %s beside %j: %s", (rule, beside, note) => {
    const [revoked] = groupOf([rule]).rules;
    if (revoked === undefined) throw new Error("no rule");
    expect(trackingNote(revoked.rule, groupOf(beside)).join("\n")).toMatch(note);
  });
});
