// Which CloudTrail events and schedules start a run, as data: read by the deployed stack, by the
// local account and by the reader of records. What a call means is functions/aws/cloudtrail.ts.

export interface EventPattern {
  source: string[];
  "detail-type": ["AWS API Call via CloudTrail"];
  detail: {
    eventSource?: string[];
    eventName: string[];
    /** A failed call, a successful dry run included, has an errorCode. */
    errorCode: [{ exists: false }];
  };
}

/** EC2 calls that change what a security group lets through, or which group plays which part. */
export const groupCalls = [
  "AuthorizeSecurityGroupIngress",
  "AuthorizeSecurityGroupEgress",
  "RevokeSecurityGroupIngress",
  "RevokeSecurityGroupEgress",
  "ModifySecurityGroupRules",
  "CreateSecurityGroup",
  "DeleteSecurityGroup",
  "AssociateSecurityGroupVpc",
  "DisassociateSecurityGroupVpc",
  "AssociateVpcCidrBlock",
  "CreateVpc",
  "CreateDefaultVpc",
  "CreateTags",
  "DeleteTags",
  "ModifyManagedPrefixList",
  "RestoreManagedPrefixListVersion",
] as const;

/**
 * Calls that attach groups to something or take them off, by the service that records them.
 * Lambda's event names carry the API version. The audit's read of all interfaces is behind these:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html
 */
export const attachmentCalls = {
  ec2: [
    "RunInstances",
    "RunScheduledInstances",
    "RequestSpotInstances",
    "RequestSpotFleet",
    "CreateFleet",
    "ModifyInstanceAttribute",
    "ModifyNetworkInterfaceAttribute",
    "CreateNetworkInterface",
    "CreateVpcEndpoint",
    "ModifyVpcEndpoint",
    "CreateLaunchTemplate",
    "CreateLaunchTemplateVersion",
    "ApplySecurityGroupsToClientVpnTargetNetwork",
    "CreateClientVpnEndpoint",
    "ModifyClientVpnEndpoint",
    "CreateInstanceConnectEndpoint",
    "ModifyInstanceConnectEndpoint",
    "CreateVerifiedAccessEndpoint",
    "ModifyVerifiedAccessEndpoint",
  ],
  elasticloadbalancing: [
    "CreateLoadBalancer",
    "SetSecurityGroups",
    "ApplySecurityGroupsToLoadBalancer",
  ],
  rds: [
    "CreateDBInstance",
    "CreateDBInstanceReadReplica",
    "ModifyDBInstance",
    "RestoreDBInstanceFromDBSnapshot",
    "RestoreDBInstanceFromS3",
    "RestoreDBInstanceToPointInTime",
    "CreateDBCluster",
    "ModifyDBCluster",
    "RestoreDBClusterFromSnapshot",
    "RestoreDBClusterFromS3",
    "RestoreDBClusterToPointInTime",
    "CreateDBProxy",
    "ModifyDBProxy",
  ],
  lambda: ["CreateFunction20150331", "UpdateFunctionConfiguration20150331v2"],
  elasticache: [
    "CreateCacheCluster",
    "ModifyCacheCluster",
    "CreateReplicationGroup",
    "ModifyReplicationGroup",
  ],
  redshift: ["CreateCluster", "ModifyCluster", "RestoreFromClusterSnapshot"],
  es: [
    "CreateDomain",
    "UpdateDomainConfig",
    "CreateElasticsearchDomain",
    "UpdateElasticsearchDomainConfig",
  ],
  ecs: ["CreateService", "UpdateService", "RunTask"],
  eks: ["CreateCluster", "UpdateClusterConfig"],
  kafka: ["CreateCluster", "CreateClusterV2"],
  dms: ["CreateReplicationInstance", "ModifyReplicationInstance"],
  elasticfilesystem: ["CreateMountTarget", "ModifyMountTargetSecurityGroups"],
  sagemaker: ["CreateNotebookInstance", "CreateDomain", "UpdateDomain"],
  transfer: ["CreateServer", "UpdateServer"],
} as const;

/** Tag changes made through the tagging API, which names resources by ARN. */
export const taggingCalls = ["TagResources", "UntagResources"] as const;

/** The pattern of the main rule; `source` is a parameter for emulators that keep `aws.` back. */
export function groupEventPattern(source = "aws.ec2"): EventPattern {
  return {
    source: [source],
    "detail-type": ["AWS API Call via CloudTrail"],
    detail: {
      eventSource: ["ec2.amazonaws.com"],
      eventName: [...groupCalls],
      errorCode: [{ exists: false }],
    },
  };
}

/**
 * The pattern of the slower rule: attachments, and tags changed through the tagging API. It leaves
 * eventSource out, as only AWS can send `aws.` sources and a pattern may have 2,048 characters:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 */
export function attachmentEventPattern(): EventPattern {
  const names = new Set([...Object.values(attachmentCalls).flat(), ...taggingCalls]);
  return {
    source: [...Object.keys(attachmentCalls), "tagging"].map(service => `aws.${service}`),
    "detail-type": ["AWS API Call via CloudTrail"],
    detail: { eventName: [...names], errorCode: [{ exists: false }] },
  };
}

/**
 * How long an event of an attachment waits on its queue, in seconds: what is attached at once is then
 * one batch and one read, which has caught up with it.
 */
export const attachmentDelay = 20;

export const groupEvents: EventPattern = groupEventPattern();
export const attachmentEvents: EventPattern = attachmentEventPattern();

/** What Portward's own events are called on the bus. */
export const ownSource = "portward";
export const jobDetailType = "Portward Job Requested";

/** Somebody asked for an audit, a plan or an apply: its id is in the event, the rest is stored. */
export const jobEvents = { source: [ownSource], "detail-type": [jobDetailType] } as const;

/** Runs no event announces: the full audit, and the minute sweep for what was left over. */
export const schedules = {
  audit: "rate(1 hour)",
  sweep: "rate(1 minute)",
} as const;
