// STS: who am I. No role is assumed here; identities come with their access keys.
import { element, escapeXml, queryService } from "../wire/query.ts";
import type { Service } from "../wire/service.ts";

/** STS with GetCallerIdentity. */
export function stsService(): Service {
  return queryService("https://sts.amazonaws.com/doc/2011-06-15/", {
    GetCallerIdentity(_form, { caller }) {
      const arn = element("Arn", escapeXml(caller.arn));
      const userId = element("UserId", escapeXml(caller.principalId));
      return arn + userId + element("Account", caller.account);
    },
  });
}
