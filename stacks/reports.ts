// The bucket of reports: private, over TLS only, encrypted with the key of the tables, written by who audits
// alone, and emptied after the days that reports are kept.
import { functionsOf } from "./functions.ts";
import { reportBucketName, type Site } from "./site.ts";

/** The functions that audit: here, and in the members of a hub. */
const auditing = (site: Site) =>
  functionsOf(site).filter(name => name === "audit" || name === "rounds");

/** Makes the bucket. */
export function reports(site: Site, key: aws.kms.Key): void {
  const bucket = new sst.aws.Bucket("Reports", {
    cors: false,
    lifecycle: [{ id: "over", expiresIn: `${site.parameters.reportDays} days` }],
    policy: [
      {
        effect: "deny",
        principals: "*",
        actions: ["s3:PutObject", "s3:DeleteObject"],
        paths: ["*"],
        conditions: [
          {
            test: "ArnNotLike",
            variable: "aws:PrincipalArn",
            values: [...auditing(site).map(site.roleArn), ...site.deployers],
          },
        ],
      },
    ],
    transform: { bucket: { bucket: reportBucketName(site), forceDestroy: !site.isProd } },
  });
  new aws.s3.BucketServerSideEncryptionConfiguration("ReportsEncryption", {
    bucket: bucket.name,
    rules: [
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
        bucketKeyEnabled: true,
      },
    ],
  });
}
