// The bucket of reports: private, over TLS only, encrypted with the key of the tables, written by the audit
// alone, and emptied after the days that reports are kept.
import { reportBucketName, type Site } from "./site.ts";

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
            values: [site.roleArn("audit"), ...site.deployers],
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
