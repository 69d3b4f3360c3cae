// Creates the whole app in an emulator: the program of the stacks, with a provider that calls instead of
// pretending. It takes loopback endpoints only.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { pretendAws } from "../../stacks/synth/pretend-aws.ts";
import type { Provider, Whereabouts } from "../../stacks/synth/resource.ts";
import { drawTheSameNames, synthesise } from "../../stacks/synth/synth.ts";
import { creators } from "./creates.ts";

/** Types the emulator has no call for, and why nothing hangs on them there. */
const NOT_THERE: Readonly<Record<string, string>> = {
  ResourcePolicy: "it enforces no policy, so there is nothing to see of one",
  Dashboard: "nobody looks at it",
  BucketPublicAccessBlock: "everybody on loopback is the account's",
  BucketPolicy: "it enforces no policy",
  BucketLifecycleConfiguration: "it is gone before anything expires",
  BucketServerSideEncryptionConfiguration: "it encrypts nothing",
};

function emulated(endpoint: string, place: Whereabouts, ec2: string): Provider {
  const pretended = pretendAws(place);
  const create = creators(endpoint, { ...place, ec2 });
  return {
    call: pretended.call,
    async newResource(registration) {
      const fake = await pretended.newResource(registration);
      const { type, id, inputs, name } = registration;
      const kind = type.split(":").at(-1) ?? "";
      if (!type.startsWith("aws:") || id || NOT_THERE[kind] !== undefined) return fake;
      const creating = create[kind];
      if (!creating) throw new Error("nobody knows how to create this in the emulator");
      const { id: real = fake.id, ...state } = await creating(inputs, name);
      return { id: real, state: { ...fake.state, ...state } };
    },
  };
}

const { values } = parseArgs({
  options: {
    endpoint: { type: "string", default: "" },
    ec2: { type: "string", default: "" },
    account: { type: "string", default: "" },
    out: { type: "string", default: "" },
  },
});
const { endpoint, ec2, account, out } = values;
for (const url of [endpoint, ec2]) {
  if (!/^http:\/\/127\.0\.0\.1:\d+$/.test(url)) throw new Error(`${url} is not on loopback`);
}
const place = { partition: "aws", region: "us-east-1", account };
const wish = { ...place, stage: "emulator", root: process.cwd(), isBundled: true };
drawTheSameNames();
synthesise(wish, emulated(endpoint, place, ec2), result => {
  writeFileSync(out, JSON.stringify(result));
});
