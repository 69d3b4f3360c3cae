// EC2 on the wire: hands the form to the engine of local/ec2 and its answer back.
import type { Ec2 } from "../ec2/ec2.ts";
import { ec2Error, formOf } from "../wire/query.ts";
import type { Service } from "../wire/service.ts";

/** EC2 over its engine. */
export function ec2Service(ec2: Ec2): Service {
  return {
    actionOf: request => formOf(request).get("Action") ?? "",
    paramsOf: request => Object.fromEntries(formOf(request)),
    handle(request) {
      const { caller, region, sourceIp, userAgent } = request;
      const answer = ec2.handle(formOf(request), { caller, region, sourceIp, userAgent });
      return { ...answer, contentType: "text/xml;charset=UTF-8" };
    },
    errorAnswer: ec2Error,
  };
}
