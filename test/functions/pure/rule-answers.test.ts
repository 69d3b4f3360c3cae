// A rule as EC2 answers it: whole, or not to be read. What an answer leaves out has no default, as a
// rule that is read wider than it is, or the other way round, would be closed.
import { expect, test } from "vitest";
import { liveRule } from "../../../functions/aws/ip-permission.ts";

const WHOLE = {
  ...{ SecurityGroupRuleId: "sgr-0a1b2c3d4e5f60718", GroupOwnerId: "111122223333" },
  ...{ IsEgress: false, IpProtocol: "tcp", FromPort: 22, ToPort: 22, CidrIpv4: "10.0.0.0/8" },
};

test("a whole answer is a rule, whatever else it holds", () => {
  expect(liveRule({ ...WHOLE, ...{ NewField: 1 } })).toMatchObject({
    ruleId: "sgr-0a1b2c3d4e5f60718",
  });
});

test.each(["IsEgress", "IpProtocol", "FromPort", "ToPort", "CidrIpv4"] as const)(
  "an answer without %s is no rule",
  field => {
    const { [field]: _, ...rest } = WHOLE;
    expect(liveRule(rest)).toBeUndefined();
  },
);

test("a rule of all protocols has no ports to be left out", () => {
  const { FromPort: _from, ToPort: _to, ...rest } = WHOLE;
  expect(liveRule({ ...rest, IpProtocol: "-1" })).toBeDefined();
});
