// The tables, the key they and the topics are encrypted with, and who may write which table at all:
// whatever else the account's policies allow.
import { type KeySchema, type TableName, tables } from "../functions/wiring/tables.ts";
import { functionsOf } from "./functions.ts";
import { dataKeyPolicy } from "./key-policy.ts";
import { permissionsOf } from "./permissions.ts";
import { camel, type Site } from "./site.ts";

/** Calls that change or remove an item, PartiQL's among them. */
const changes = [
  "dynamodb:UpdateItem",
  "dynamodb:DeleteItem",
  "dynamodb:PartiQLUpdate",
  "dynamodb:PartiQLDelete",
];
const writes = ["dynamodb:PutItem", "dynamodb:BatchWriteItem", "dynamodb:PartiQLInsert"];

/** Makes the tables, and returns the key of what is kept and published. */
export function storage(site: Site): aws.kms.Key {
  const key = new aws.kms.Key("DataKey", {
    description: `Portward ${site.stage}: tables and topics`,
    enableKeyRotation: true,
    policy: dataKeyPolicy(site),
  });
  new aws.kms.Alias("DataKeyAlias", {
    name: `alias/${site.name("data")}`,
    targetKeyId: key.keyId,
  });
  for (const name of Object.keys(tables) as TableName[]) {
    const table = tableOf(site, name, key);
    new aws.dynamodb.ResourcePolicy(`${camel(name)}TablePolicy`, {
      resourceArn: table.arn,
      policy: tablePolicy(site, name),
    });
  }
  return key;
}

function tableOf(site: Site, name: TableName, key: aws.kms.Key): sst.aws.Dynamo {
  const { keys, indexes = [], expiry } = tables[name];
  const fields: KeySchema = Object.assign({}, keys, ...indexes.map(index => index.keys));
  const types = Object.entries(fields).map(([field, type]) => [
    field,
    type === "S" ? ("string" as const) : ("number" as const),
  ]);
  return new sst.aws.Dynamo(`${camel(name)}Table`, {
    fields: Object.fromEntries(types),
    primaryIndex: indexOf(keys),
    globalIndexes: Object.fromEntries(indexes.map(index => [index.name, indexOf(index.keys)])),
    ...(expiry !== undefined && { ttl: expiry }),
    deletionProtection: site.isProd,
    transform: {
      table: {
        name: site.name(name),
        serverSideEncryption: { enabled: true, kmsKeyArn: key.arn },
      },
    },
  });
}

function indexOf(keys: KeySchema) {
  const [hashKey = "", rangeKey] = Object.keys(keys);
  return { hashKey, ...(rangeKey && { rangeKey }) };
}

/** Denies writing to all but who has to, and to everybody what nobody may. */
function tablePolicy(site: Site, name: TableName): string {
  const isHistory = name === "history";
  const others = { ArnNotLike: { "aws:PrincipalArn": writersOf(site, name) } };
  const statements = [
    {
      Sid: "OnlyItsWriters",
      Action: isHistory ? writes : [...writes, ...changes],
      Condition: others,
    },
    // What happened to an exception is never changed or removed, by the deployer neither.
    ...(isHistory ? [{ Sid: "NobodyEditsHistory", Action: changes }] : []),
  ];
  const resource = site.arn("dynamodb", `table/${site.name(name)}`);
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map(statement => ({
      ...{ Effect: "Deny", Principal: "*", Resource: resource },
      ...statement,
    })),
  });
}

/** The deployers, and the roles of the functions that are granted a write to the table. */
function writersOf(site: Site, tableName: TableName): string[] {
  const table = site.arn("dynamodb", `table/${site.name(tableName)}`);
  const permissions = permissionsOf(site);
  // Not those this stage does without: whoever makes a role of that name is none of ours.
  const writing = functionsOf(site).filter(name =>
    permissions[name].some(
      ({ actions, on }) =>
        on.includes(table) && actions.some(action => [...writes, ...changes].includes(action)),
    ),
  );
  return [...writing.map(site.roleArn), ...site.deployers];
}
