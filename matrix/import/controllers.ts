// Which groups are written to by something that runs in the account: whoever closes what a controller
// opens fights with it. Recognised by the tags these programs set or ask for. A CloudFormation or
// Terraform tag is none of them: what these open somebody deployed, and the matrix should know of it.
//
// https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
// https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/security_groups/
import type { LiveGroup } from "../group.ts";

const TAGS: readonly { key: RegExp; writer: string }[] = [
  { key: /^aws:eks:cluster-name$/, writer: "EKS" },
  { key: /^(?:elbv2|ingress|service)\.k8s\.aws\//, writer: "the AWS load balancer controller" },
  { key: /^kubernetes\.io\/cluster\/./, writer: "a Kubernetes cluster" },
  { key: /^kubernetes\.io\/service-name$/, writer: "a Kubernetes service" },
  { key: /^elasticbeanstalk:environment-(?:id|name)$/, writer: "Elastic Beanstalk" },
  { key: /^alpha\.eksctl\.io\/cluster-name$/, writer: "eksctl" },
  { key: /^(?:aws:elasticmapreduce:|for-use-with-amazon-emr-managed-policies$)/, writer: "EMR" },
];

/** Names who writes to a group by itself, and the tag that tells so. */
export function controllerOf({ tags }: LiveGroup): { writer: string; tag: string } | undefined {
  for (const { key, writer } of TAGS) {
    const tag = Object.keys(tags).find(name => key.test(name));
    if (tag !== undefined) return { writer, tag };
  }
  return undefined;
}
